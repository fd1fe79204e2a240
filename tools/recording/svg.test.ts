import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordingSvg } from './svg.ts';

const cast = {
  columns: 30,
  rows: 4,
  command: 'demo',
  title: 'A <demo>',
  output: [
    { at: 1, text: '\u001b[31m✗ a < b\u001b[39m    right\r\n' },
    { at: 2, text: 'more\r\n' },
  ],
};

describe('the SVG of a recording', () => {
  const svg = recordingSvg(cast);

  test('writes each line once, whatever number of frames shows it', () => {
    assert.equal(svg.match(/✗ a &lt; b/g)?.length, 1);
    assert.equal(svg.match(/<use href="#l1"/g)?.length, 2);
  });

  test('puts text at its column, with its colour and its width', () => {
    assert.match(svg, /<text x="0" y="14" textLength="58.8" class="c1">✗ a &lt; b<\/text><text x="92.4"/);
  });

  test('has a title, dark colours, and stands still for those who want that', () => {
    assert.match(svg, /<title id="title">A &lt;demo&gt;<\/title>/);
    assert.match(svg, /<text [^>]*>A &lt;demo&gt;<\/text>/);
    assert.match(svg, /prefers-color-scheme: dark/);
    assert.match(svg, /prefers-reduced-motion: reduce\)\{\.film\{animation:none\}\}/);
    assert.match(svg, /\.film\{transform:translateX\(-504px\)/);
  });

  test('loads nothing', () => assert.doesNotMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|url\((?!#)|@import/));
});
