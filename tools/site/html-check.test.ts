import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { siteProblems } from './html-check.ts';

function problems(pages: Record<string, string>, base = '/'): string[] {
  return siteProblems({ base, files: new Set(Object.keys(pages)), read: (path) => pages[path] ?? '' });
}

describe('the check of the produced site', () => {
  test('finds a link to a missing page, relative or from the root', () => {
    const site = { 'a/b.html': '<a href="../gone.html">x</a><a href="/also-gone.html">y</a>', 'index.html': '' };
    assert.deepEqual(problems(site), [
      'a/b.html: the link ../gone.html leads nowhere',
      'a/b.html: the link /also-gone.html leads nowhere',
    ]);
  });

  test('finds a missing anchor on the same page and on another one', () => {
    const site = {
      'index.html':
        '<h2 id="here">x</h2><a href="#here">1</a><a href="#gone">2</a><a href="/a.html#b%C3%A9">3</a><a href="a.html#c">4</a>',
      'a.html': '<h2 id="bé">b</h2>',
    };
    assert.deepEqual(problems(site), [
      'index.html: the link #gone leads to a missing anchor',
      'index.html: the link a.html#c leads to a missing anchor',
    ]);
  });

  test('refuses what a page loads from another host, and accepts links to other hosts', () => {
    const site = {
      'index.html':
        '<link rel="stylesheet" href="https://fonts.example/a.css"><script src="//cdn.example/a.js"></script><a href="https://kubernetes.io/">k</a>',
    };
    assert.deepEqual(problems(site), [
      'index.html: loads https://fonts.example/a.css from another host',
      'index.html: loads //cdn.example/a.js from another host',
    ]);
  });

  test('knows the base of the site, directories, and files that are not pages', () => {
    const site = {
      'index.html':
        '<a href="/bookend/">home</a><a href="/bookend/a/">a</a><a href="/bookend/x.json">x</a><a href="/a/">wrong</a>',
      'a/index.html': '<img src="/bookend/order.svg"><a href="./">a</a>',
      'order.svg': '',
      'x.json': '',
    };
    assert.deepEqual(problems(site, '/bookend/'), ['index.html: the link /a/ leads nowhere']);
  });

  test('does not read scripts and comments', () => {
    assert.deepEqual(
      problems({ 'index.html': '<script>"<a href=\'x\'>"; \'<a href="gone">\'</script><!-- <a href="gone"> -->' }),
      [],
    );
  });
});
