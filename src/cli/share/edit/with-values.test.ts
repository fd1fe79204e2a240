/** What a change of the text leaves alone, and that the text then means exactly what it should. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { objectsOf as objectsIn, shared } from '../testing/shared-text.ts';

const scratch = 'app:/cache, nginx:/var/cache/nginx';
const copy = 'app:/srv/www -> nginx:/usr/share/nginx/html:ro';

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

describe('A List', () => {
  test('keeps the text of its items, changed and unchanged', () => {
    const text = `apiVersion: v1
kind: List
items:
# first
- apiVersion: v1
  kind: Pod
  metadata: {name: web} # the front
  spec:
    containers: # two
    - {name: app, image: app:1}
    - {name: nginx, image: nginx:1}
# last
- {apiVersion: v1, kind: ConfigMap, metadata: {name: web}}
`;
    const inBraces = (name: string, path: string) =>
      `{name: ${name}, image: ${name}:1, volumeMounts: [{name: bookend-share-web, mountPath: ${path}}]}`;
    assert.equal(
      shared(text, `web = ${scratch}`),
      text
        .replace('{name: app, image: app:1}', inBraces('app', '/cache'))
        .replace(
          '{name: nginx, image: nginx:1}\n',
          `${inBraces('nginx', '/var/cache/nginx')}\n    volumes:\n    - name: bookend-share-web\n      emptyDir: {}\n`,
        ),
    );
  });
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
