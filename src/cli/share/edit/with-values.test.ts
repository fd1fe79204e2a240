/** What a change of the text leaves alone, and that the text then means exactly what it should. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readYaml } from '../../../objects/yaml.ts';
import { parseShare } from '../../../share/notation.ts';
import { shareAmong } from '../../../share/workloads.ts';
import { lineEnd, lineStart, spliced } from './splice.ts';
import { type Changed, withValues } from './with-values.ts';

const settings = { seedImage: 'registry.example/seed:1', imageVolumes: { known: false, reason: 'not looked at' } } as const;
const scratch = 'app:/cache, nginx:/var/cache/nginx';
const copy = 'app:/srv/www -> nginx:/usr/share/nginx/html:ro';

const objectsIn = (text: string) => readYaml(text, 'x').map(({ object }) => object);

/** The workloads of the text with shares, in the text. */
const shared = (text: string, ...lines: string[]) => sharing(text, ...lines).text;

function sharing(text: string, ...lines: string[]): Changed {
  const before = objectsIn(text);
  const candidates = before.map((object) => ({ object, place: '' }));
  const shares = lines.map((line) => parseShare(line));
  return withValues(
    text,
    'x',
    before,
    shareAmong(candidates, shares, settings, (index) => `share[${index}]`),
  );
}

const pod = (containers: string) => `apiVersion: v1
kind: Pod
metadata: {name: web}   # the front
spec:
${containers}`;

describe('Block style', () => {
  test('keeps comments, quotes, spaces and order, and is written with the indentation that is there', () => {
    const text = pod(`    # containers in the order of their starting
    containers:
    # fills
    - name:   "app"   # first
      image: 'app:1'
      # the end of app

    # serves
    - image: nginx:1   # second
      name: nginx
      volumeMounts:   # what it has
      - {name: conf, mountPath: /etc/nginx/conf.d}
      # - more to come
    volumes: [{name: conf, emptyDir: {}}]
    terminationGracePeriodSeconds:  5
# the end
`);
    assert.equal(
      shared(text, 'web = app:/cache, nginx:/var/cache/nginx'),
      pod(`    # containers in the order of their starting
    containers:
    # fills
    - name:   "app"   # first
      image: 'app:1'
      volumeMounts:
      - name: bookend-share-web
        mountPath: /cache
      # the end of app

    # serves
    - image: nginx:1   # second
      name: nginx
      volumeMounts:   # what it has
      - {name: conf, mountPath: /etc/nginx/conf.d}
      - name: bookend-share-web
        mountPath: /var/cache/nginx
      # - more to come
    volumes: [{name: conf, emptyDir: {}}, {name: bookend-share-web, emptyDir: {}}]
    terminationGracePeriodSeconds:  5
# the end
`),
    );
  });

  test('init containers stand in front of the containers, and ours in front of those with their comments', () => {
    const containers = '  containers: [{name: app, image: app:1}, {name: nginx, image: nginx:1}]\n';
    assert.match(
      shared(pod(containers), copy),
      /\nspec:\n {2}initContainers:\n {4}- name: bookend-seed\n[\s\S]*\n {2}containers: \[/,
    );
    const waiting = `  initContainers: # in order\n  # waits\n  - name: wait\n    image: wait:1\n${containers}`;
    const result = shared(pod(waiting), copy);
    assert.match(result, /\n {2}initContainers: # in order\n {2}- name: bookend-seed\n/);
    assert.match(result, /\n {2}# waits\n {2}- name: wait\n {4}image: wait:1\n {2}containers: \[/);
  });

  test('empty lists and fields without a value are filled, and their comments stay on the line', () => {
    const result = shared(
      pod(`  volumes:   # none yet
  initContainers: [] # none either
  containers:
    - {name: app, image: app:1, volumeMounts: []}
    - name: nginx
      image: nginx:1
      volumeMounts: null`),
      copy,
    );
    assert.match(result, /\n {2}volumes: {3}# none yet\n {4}- name: bookend-share-app-srv-www\n/);
    assert.match(result, /\n {2}initContainers: # none either\n {4}- name: bookend-seed\n/);
    assert.match(result, /\n {6}volumeMounts:\n {8}- name: bookend-share-app-srv-www\n[\s\S]*readOnly: true$/);
  });

  test('a share that takes the place of another of its name changes only what differs', () => {
    const containers = '  containers:\n    - name: app\n      image: app:1\n    - name: nginx\n      image: nginx:1\n';
    const first = shared(pod(containers), `web = ${copy}`);
    const second = shared(first.replace('- name: bookend-share-web\n', '- name: bookend-share-web # ours\n'), `web = ${scratch}`);
    assert.equal(second, shared(pod(containers), `web = ${scratch}`));
  });
});

describe('Flow style and JSON', () => {
  test('stay what they are, on one line', () => {
    const text = pod('  {containers: [{name: app, image: "app:1"}, {name: nginx, image: nginx:1, }]}  # all\n');
    assert.equal(
      shared(text, `web = ${scratch}`),
      pod(
        '  {containers: [{name: app, image: "app:1", volumeMounts: [{name: bookend-share-web, mountPath: /cache}]}, {name: nginx, image: nginx:1, volumeMounts: [{name: bookend-share-web, mountPath: /var/cache/nginx}], }], volumes: [{name: bookend-share-web, emptyDir: {}}]}  # all\n',
      ),
    );
  });

  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', annotations: { a: 'ü/\\"\u2028', b: '\ud83d\ude00' } },
    spec: {
      containers: [
        { name: 'app', image: 'app:1', args: [] },
        { name: 'nginx', image: 'nginx:1' },
      ],
      volumes: [],
    },
  };
  for (const [name, space] of [
    ['compact', undefined],
    ['with two spaces', 2],
    ['with tabs', '\t'],
  ] as const) {
    test(`JSON ${name} stays such JSON`, () => {
      const text = `${JSON.stringify(object, null, space)}\n`;
      const result = shared(text, copy);
      const printed = `${JSON.stringify(JSON.parse(result), null, space)}\n`;
      assert.equal(result, printed);
      assert.match(result, /"initContainers":.*"containers":/s);
    });
  }
});

describe('Anchors', () => {
  test('a change at an anchor does not change what refers to it', () => {
    const text = pod(`  containers:
    - &app
      name: app
      image: app:1
      volumeMounts: &mounts
        - {name: tmp, mountPath: /tmp}
    - name: nginx
      image: nginx:1
      volumeMounts: *mounts   # the same
    - <<: *app
      name: other
    - {name: last, image: last:1, volumeMounts: *mounts}
  volumes:
    - {name: tmp, emptyDir: {}}
`);
    const result = shared(text, 'web = app:/cache, nginx:/cache');
    assert.match(result, /volumeMounts: &mounts\n {8}- \{name: tmp, mountPath: \/tmp\}\n {8}- name: bookend-share-web\n/);
    // The same mounts again, by the alias, until they differ.
    assert.match(result, /\n {6}volumeMounts: \*mounts {3}# the same\n/);
    assert.match(result, /\n {4}- <<: \*app\n {6}name: other\n {6}volumeMounts:\n {8}- name: tmp\n {10}mountPath: \/tmp\n/);
    assert.match(result, /- \{name: last, image: last:1, volumeMounts: \[\{name: tmp, mountPath: \/tmp\}\]\}\n/);
  });

  test('what refers to something that is taken out is written out', () => {
    const containers = `  containers:
    - name: app
      image: app:1
    - name: nginx
      image: nginx:1
`;
    const once = shared(pod(containers), 'web = app:/cache, nginx:/cache').replace(
      'metadata: {name: web}',
      'metadata: {name: web, labels: &l {a: b}}',
    );
    const anchored = once
      .replace('        - name: bookend-share-web\n', '        - &mount\n          name: bookend-share-web\n')
      .replace('          mountPath: /cache\n    - name', '          mountPath: &path /cache\n    - name')
      .replace(
        /image: nginx:1\n[\s\S]*?\n {2}volumes/,
        'image: nginx:1\n      volumeMounts: [*mount]\n      workingDir: *path\n  volumes',
      );
    assert.deepEqual(objectsIn(anchored)[0]?.spec, {
      ...(objectsIn(once)[0]?.spec as object),
      containers: objectsIn(anchored).map(({ spec }) => (spec as { containers: unknown }).containers)[0],
    });
    const result = shared(anchored, 'web = app:/other, nginx:/cache');
    assert.match(result, /volumeMounts: \[\{name: bookend-share-web, mountPath: \/cache\}\]\n {6}workingDir: \/cache\n/);
  });
});

describe('Whatever the text looks like', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

  test(`nothing is changed but what is put in, and putting it in again changes nothing (SEED=${seed})`, () => {
    fc.assert(
      fc.property(manifests, fc.constantFrom([scratch], [copy], [scratch, copy]), (text, lines) => {
        const once = sharing(text, ...lines);
        assertOnlyAdded(text, once);
        assert.deepEqual(sharing(once.text, ...lines), { text: once.text, splices: [] });
      }),
      { seed, numRuns: 200 },
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
      fc.property(manifests, shares, (text, lines) => {
        const all = lines.reduce((result, each) => shared(result, each), text);
        assert.deepEqual(withoutOrder(all), withoutOrder(shared(text, lines.at(-1) ?? '')));
      }),
      { seed, numRuns: 200 },
    );
  });
});

/** Empty lists may be there or not, and what was there stands where it stood. */
function withoutOrder(text: string): unknown {
  return objectsIn(text).map((object) =>
    JSON.parse(JSON.stringify(object), (_, value) =>
      Array.isArray(value)
        ? value.length === 0
          ? undefined
          : value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
        : (value ?? undefined),
    ),
  );
}

/** What is taken out says that there is nothing; what is put in are whole lines, or it stands in a line in flow style. */
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

/** Texts of one to four documents, in every style that people and programs write. */
const comment = fc.constantFrom('', '', '', ' # why', '  #');
const gap = fc.constantFrom('', '', '', '# a comment\n', '\n', '  # further in\n\n');

const container = (name: string, dash: string, inner: string) =>
  fc
    .record({
      c: comment,
      g: gap,
      mounts: fc.constantFrom('none', 'none', 'list', 'flow', 'empty', 'null'),
      block: fc.constantFrom('', 'keep', 'clip'),
      whole: fc.boolean(),
    })
    .map(({ c, g, mounts, block, whole }) => {
      if (whole && mounts === 'none') return `${dash}{name: ${name}, image: "${name}:1"}${c}\n${g}`;
      const indented = inner;
      const lines = [`${dash}name: ${name}${c}`, `${indented}image: '${name}:1'`];
      if (mounts === 'list')
        lines.push(`${indented}volumeMounts:${c}`, `${indented}- name: tmp`, `${indented}  mountPath: /tmp${c}`);
      if (mounts === 'flow') lines.push(`${indented}volumeMounts: [ {name: tmp, mountPath: /tmp} ]${c}`);
      if (mounts === 'empty') lines.push(`${indented}volumeMounts: []${c}`);
      if (mounts === 'null') lines.push(`${indented}volumeMounts:${c}`);
      if (block !== '')
        lines.push(
          `${indented}args:`,
          `${indented}- |${block === 'keep' ? '+' : ''}`,
          `${indented}    text${c}`,
          ...(block === 'keep' ? ['', ''] : ['']),
        );
      return `${lines.join('\n')}\n${g}`;
    });

const podText = fc
  .record({
    step: fc.constantFrom(2, 4),
    flush: fc.boolean(),
    g: gap,
    c: comment,
    order: fc.boolean(),
    volumes: fc.boolean(),
    init: fc.constantFrom('none', 'none', 'list', 'empty'),
  })
  .chain(({ step, flush, g, c, order, volumes, init }) => {
    const one = ' '.repeat(step);
    const dash = `${one}${flush ? '' : one}- `;
    const inner = ' '.repeat(dash.length);
    return fc.tuple(container('app', dash, inner), container('nginx', dash, inner)).map(([app, nginx]) => {
      const containers = `${one}containers:${c}\n${g}${app}${nginx}`;
      const tail = volumes
        ? `${one}volumes:\n${dash}name: tmp\n${inner}emptyDir: {}${c}\n`
        : `${one}volumes: [{name: tmp, emptyDir: {}}]\n`;
      const inits =
        init === 'none'
          ? ''
          : init === 'empty'
            ? `${one}initContainers: []${c}\n`
            : `${one}initContainers:\n${g}${dash}name: wait\n${inner}image: wait:1\n`;
      return `apiVersion: v1\nkind: Pod\n${g}metadata: {name: web}${c}\nspec:\n${order ? inits + containers + tail : tail + containers + inits}`;
    });
  });

const manifests = fc
  .tuple(
    fc.array(podText, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('---\n', '---\n# Source: chart/templates/x.yaml\n', '# end\n---\n\n', '---\n---\n'),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([pods, separator, windows, unfinished]) => {
    const text = pods.join(
      `${separator}apiVersion: v1\nkind: ConfigMap\nmetadata:\n      name:  odd\ndata: {a: "b"  }\n${separator}`,
    );
    const whole = unfinished && !/\|\+?\n[^\n]*\n*$/.test(text) ? text.replace(/\n$/, '') : text;
    return windows ? whole.replaceAll('\n', '\r\n') : whole;
  });
