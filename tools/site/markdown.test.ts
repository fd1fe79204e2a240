import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Repository } from './links.ts';
import { extendMarkdown, type MarkdownIt } from './markdown.ts';

const repository: Repository = { address: 'https://git.example/b', revision: 'main', kindOf: () => 'file' };
const escapeHtml = (text: string) => text.replaceAll('<', '&lt;');

/** The rules alone: VitePress has markdown-it, and it is not installed for unit tests. */
function extended() {
  const core: Parameters<MarkdownIt['core']['ruler']['push']>[1][] = [];
  const md: MarkdownIt = {
    core: { ruler: { push: (_, rule) => core.push(rule) } },
    renderer: { rules: { fence: () => '<pre>code</pre>' } },
    utils: { escapeHtml },
  };
  extendMarkdown(md, repository);
  const token = (content: string, info = '', attributes: Record<string, string> = {}) => ({
    ...{ type: 'any', content, info, children: null },
    attrGet: (name: string) => attributes[name] ?? null,
    attrSet: (name: string, value: string) => {
      attributes[name] = value;
    },
  });
  const render = (rule: string, content: string, info = '') =>
    md.renderer.rules[rule]?.([token(content, info)], 0, {}, { relativePath: 'tutorial/a.md' }, undefined) ?? '';
  return { core, token, render };
}

describe('Markdown on the site', () => {
  test('leaves braces to Helm, and breaks long names at punctuation and capitals', () => {
    const { render } = extended();
    assert.equal(render('code_inline', '{{ .Release.Name }}'), '<code v-pre>{{ .Release.<wbr>Name }}</code>');
    assert.equal(render('code_inline', 'a/b.c <d>'), '<code v-pre>a/<wbr>b.<wbr>c &lt;d></code>');
    assert.equal(render('code_inline', 'pullPolicy --wait'), '<code v-pre>pull<wbr>Policy --wait</code>');
    assert.equal(render('text', 'Use {{ this }}'), 'Use &#123;&#123; this }}');
  });

  test('shows a report below its command, and nothing below other code', () => {
    const { render } = extended();
    const command = 'node bin/bookend.js preview chart -o html > faulty.html\n';
    assert.match(render('fence', command, 'sh'), /^<pre>code<\/pre><p><a href="\.\/faulty\.html"/);
    assert.equal(render('fence', command, 'text'), '<pre>code</pre>');
  });

  test('turns links out of docs/ into links to the repository', () => {
    const { core, token } = extended();
    const attributes = { href: '../../examples/share' };
    const heading = { href: '#modes' };
    const parent = { ...token(''), children: [token('', '', attributes), token('', '', heading)] };
    core[0]?.({ tokens: [parent], env: { relativePath: 'how-to/share.md' } });
    assert.equal(attributes.href, 'https://git.example/b/blob/main/examples/share');
    assert.equal(heading.href, '#modes');
  });
});
