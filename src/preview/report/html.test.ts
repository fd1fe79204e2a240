import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { prose } from './html/escape.ts';
import { htmlReport } from './html.ts';
import { bad, clean, withoutBookend } from './testing/previews.ts';

const page = htmlReport(bad, { version: '0.1.0' });

describe('the HTML report', () => {
  test('shows as code what stands between backticks, and a single backtick as it is', () => {
    assert.equal(prose('run `a <b>` or `c`, not ` alone').text, 'run <code>a &lt;b&gt;</code> or <code>c</code>, not ` alone');
  });

  test('loads nothing and runs nothing: its policy allows its own style sheet alone', () => {
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    assert.equal(
      policy.replaceAll('&#39;', "'"),
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
    );
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\(|https?:|style="/);
  });

  test('has every finding with what happens, what to do and its evidence', () => {
    for (const { title, consequence, remedies, rule } of bad.findings) {
      for (const text of [title, consequence, ...remedies.map(({ says }) => says), rule]) assert.ok(page.includes(text), text);
    }
    assert.match(page, /manifests\/agent\.yaml:12/);
  });

  test('draws each object that takes its time, a Pod without its rights as such, in words too', () => {
    assert.match(
      page,
      /aria-label="Pod shop\/agent-1: ends from 0\.5s, gone at 5\.2s; without a right that it had from 0\.5s; its preStop hook fails"/,
    );
    assert.match(page, /<rect class="lost" x="[\d.]+%"/);
    assert.match(page, /<rect class="stuck"/);
  });

  test('has both runs beside each other', () => {
    assert.equal([...page.matchAll(/<figure class="run">/g)].length, 2);
    assert.match(page, /<th scope="col">Helm 4<\/th><th scope="col">Bookend<\/th>/);
    assert.equal([...htmlReport(clean, { version: '0.1.0' }).matchAll(/<figure/g)].length, 1);
  });

  test('says nothing of Bookend where nobody played that', () => {
    assert.equal([...page.matchAll(/<dt>With Bookend<\/dt>/g)].length, 2);
    const alone = htmlReport(withoutBookend(bad), { version: '0.1.0' });
    assert.equal([...alone.matchAll(/<article class="finding/g)].length, 2);
    assert.doesNotMatch(alone, /With Bookend|through Bookend|undefined/i);
  });

  test('takes nothing from a manifest for markup', () => {
    const evil = '"><script>alert(1)</script>';
    const [finding] = bad.findings;
    const [left] = bad.left;
    assert.ok(finding && left);
    const text = htmlReport(
      {
        ...bad,
        subject: { ...bad.subject, name: evil },
        message: evil,
        findings: [
          {
            ...finding,
            title: evil,
            consequence: evil,
            evidence: [{ ...(finding.evidence[0] ?? { id: left.id, object: '' }), says: evil }],
          },
        ],
        left: [{ ...left, because: evil }],
        supposed: [evil],
        notSeen: [evil],
        timeline: bad.timeline.map((entry) => ({ ...entry, notes: [evil], object: { ...entry.object, name: evil } })),
      },
      { version: evil },
    );
    assert.doesNotMatch(text, /<script/);
    assert.ok(text.includes('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'));
  });
});
