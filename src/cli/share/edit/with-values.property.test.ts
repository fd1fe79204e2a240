/** Whatever the text looks like. SEED= repeats a run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { manifestTexts } from '../testing/manifest-texts.ts';
import { objectsOf, shared, sharing } from '../testing/shared-text.ts';
import { lineEnd, lineStart, spliced } from './splice.ts';
import type { Changed } from './with-values.ts';

const scratch = 'app:/cache, nginx:/var/cache/nginx';
const copy = 'app:/srv/www -> nginx:/usr/share/nginx/html:ro';

describe('In a text of any style', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

  test(`nothing is changed but what is put in, and putting it in again changes nothing (SEED=${seed})`, () => {
    fc.assert(
      fc.property(manifestTexts, fc.constantFrom([scratch], [copy], [scratch, copy]), (text, lines) => {
        const once = sharing(text, ...lines);
        assertOnlyAdded(text, once);
        assert.deepEqual(sharing(once.text, ...lines), { text: once.text, splices: [] });
      }),
      { seed, numRuns: 150 },
    );
  });

  test(`shares take the place of one another, and the text says so (SEED=${seed})`, () => {
    const line = fc.constantFrom(
      scratch,
      copy,
      'app:/srv/www -> nginx:/usr/share/nginx/html',
      'image(assets:1):/dist -> app:/dist:ro; sizeLimit=1Gi',
      'nginx:/etc -> app:/nginx:ro; mode=image',
    );
    const shares = fc.array(
      line.map((text) => `web = ${text}`),
      { minLength: 2, maxLength: 4 },
    );
    fc.assert(
      fc.property(manifestTexts, shares, (text, lines) => {
        const all = lines.reduce((result, each) => shared(result, each), text);
        assert.deepEqual(withoutOrder(all), withoutOrder(shared(text, lines.at(-1) ?? '')));
      }),
      { seed, numRuns: 150 },
    );
  });
});

describe('Anchors, aliases and merge keys in every combination', () => {
  const mounts = ['', '      volumeMounts: &m\n      - {name: tmp, mountPath: /tmp}\n', '      volumeMounts: []\n'];
  const nginx = [
    '<<: *app',
    '<<: [*app, {image: x}]',
    '<<: {image: other, volumeMounts: [{name: tmp, mountPath: /q}]}',
    'image: nginx',
  ];
  const second = [
    '<<: *spec',
    'containers: *all',
    'containers: *all\n    volumes: *v',
    '<<: *spec\n    volumes:\n    - {name: tmp, emptyDir: {}}',
    'containers:\n    - *app\n    - {<<: *app, name: nginx}\n    volumes: *v',
  ];
  const lines = [
    'web = app:/cache, nginx:/c',
    'web = nginx:/c2',
    'web = app:/srv/www -> nginx:/html:ro',
    'web = app:/srv -> nginx:/html',
    'web = nginx:/etc -> app:/n:ro; mode=image',
  ];

  test('mean what they should after each of several changes', () => {
    for (const ofApp of mounts) {
      for (const ofNginx of nginx) {
        for (const other of second) {
          const text = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: one}
  spec: &spec
    containers: &all
    - &app
      name: app
      image: app:1
${ofApp}    - ${ofNginx}
      name: nginx
    volumes: &v
    - {name: tmp, emptyDir: {}}
- apiVersion: v1
  kind: Pod
  metadata: {name: two}
  spec:
    ${other}
`;
          // Each change is read again and compared with what is wanted: see withValues.
          const all = lines.reduce((result, line) => shared(result, line), text);
          assert.deepEqual(sharing(all, lines.at(-1) ?? '').splices, [], text);
        }
      }
    }
  });
});

/** Empty lists may be there or not, and what was there stands where it stood. */
function withoutOrder(text: string): unknown {
  return objectsOf(text).map((object) =>
    JSON.parse(JSON.stringify(object), (_, value) =>
      Array.isArray(value)
        ? value.length === 0
          ? undefined
          : value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
        : (value ?? undefined),
    ),
  );
}

/**
 * What is taken out says that there is nothing; what is put in are whole lines, or it stands in a line in flow style.
 */
function assertOnlyAdded(text: string, { text: result, splices }: Changed): void {
  assert.equal(result, spliced(text, splices));
  for (const { start, end, text: piece } of splices) {
    const line = text.slice(lineStart(text, start), lineEnd(text, start));
    assert.match(text.slice(start, end), /^( (\[\]|null))?$/, `in ${JSON.stringify(line)}`);
    if (/\[.|\{/.test(line) && !/^\s/.test(piece)) continue;
    const isWhole =
      start === lineStart(text, start)
        ? /\n$/.test(piece)
        : /^(\r?\n|$)/.test(piece) && /^( #.*)?\r?(\n|$)/.test(text.slice(end));
    assert.ok(isWhole || piece === '', `${JSON.stringify(piece)} at ${JSON.stringify(line)}`);
  }
}
