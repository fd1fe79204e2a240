/**
 * Mounts in each other: the runtime mounts the outer before the inner, so most go well; what no container could start
 * with, or what hides a share, is refused.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fields } from './spec.ts';
import { flags, mounts, podSpec, refused, shared, sorted } from './testing/shared.ts';

const volumes = [
  { name: 'keys', secret: { secretName: 'keys' } },
  { name: 'data', emptyDir: {} },
  { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
  { name: 'config', configMap: { name: 'config', items: [{ key: 'a', path: 'deep/a' }] } },
];
const mounting = (name: string, mountPath: string, rest: Fields = {}) => ({ volumeMounts: [{ name, mountPath, ...rest }] });
const podWith = (app: Fields, web: Fields = {}) => podSpec({ volumes, automountServiceAccountToken: false }, app, web);

describe('A mount below a share', () => {
  const keys = mounting('keys', '/app/storage/keys');

  test('is accepted below a share that is written: both are seen', () => {
    for (const line of ['code = app:/app, web:/app', 'code = app:/app -> web:/app']) {
      const spec = shared(podWith(keys), line);
      assert.deepEqual(mounts(spec, 'app').slice(0, 1), ['keys /app/storage/keys']);
      assert.match(mounts(spec, 'app')[1] ?? '', /^bookend-share-code \/app/);
    }
    assert.deepEqual(flags(shared(podWith(keys), 'code = app:/app -> web:/app'), 'bookend-share-code'), []);
  });

  test('below one that is only read gets its mount point from the copy', () => {
    const spec = shared(podWith({}, mounting('keys', '/code/storage/keys')), 'code = app:/app -> web:/code:ro');
    assert.deepEqual(flags(spec, 'bookend-share-code'), ['--mount-point=storage/keys']);
    const file = shared(podWith({}, mounting('keys', '/code/a.key', { subPath: 'a.key' })), 'code = app:/app -> web:/code:ro');
    assert.deepEqual(flags(file, 'bookend-share-code'), ['--mount-point-file=a.key']);
    const directory = shared(
      podWith({}, mounting('config', '/code/etc', { subPath: 'deep' })),
      'code = app:/app -> web:/code:ro',
    );
    assert.deepEqual(flags(directory, 'bookend-share-code'), ['--mount-point=etc']);
  });

  test('needs a mount point only in what it lies in directly', () => {
    const web = {
      volumeMounts: [
        { name: 'data', mountPath: '/code/data' },
        { name: 'keys', mountPath: '/code/data/keys' },
      ],
    };
    assert.deepEqual(flags(shared(podWith({}, web), 'code = app:/app -> web:/code:ro'), 'bookend-share-code'), [
      '--mount-point=data',
    ]);
  });

  test('may be another share, also one that is applied later', () => {
    const lines = ['code = app:/app -> web:/code:ro', 'data = app:/data, web:/code/data'];
    const together = shared(podWith({}), ...lines);
    assert.deepEqual(flags(together, 'bookend-share-code'), ['--mount-point=data']);
    const later = shared(shared(podWith({}), lines[0] ?? ''), lines[1] ?? '');
    assert.deepEqual(sorted(later), sorted(together));
    assert.deepEqual(shared(together, ...lines), together);
  });

  test('that the kubelet makes by itself finds its mount point too', () => {
    const spec = podSpec();
    assert.deepEqual(flags(shared(spec, 'x = app:/x -> web:/etc:ro'), 'bookend-share-x'), [
      ...['--mount-point-file=hostname', '--mount-point-file=hosts', '--mount-point-file=resolv.conf'],
    ]);
    const token = '--mount-point=secrets/kubernetes.io/serviceaccount';
    assert.deepEqual(flags(shared(spec, 'x = app:/x -> web:/var/run:ro'), 'bookend-share-x'), [token]);
    assert.deepEqual(
      flags(shared({ ...spec, automountServiceAccountToken: false }, 'x = app:/x -> web:/run:ro'), 'bookend-share-x'),
      [],
    );
  });

  test('is refused where nobody can make its mount point', () => {
    const scratch = refused(podWith({}, mounting('keys', '/cache/keys')), 'cache = app:/cache, web:/cache:ro');
    assert.match(
      scratch.join(),
      /share\[0\]\.to\[1\]\.path: in container web \/cache\/keys is below \/cache, which is empty and read-only there/,
    );
    const inFile = refused(podWith({}, mounting('keys', '/a/b')), 'app:/x -> web:/a:ro; type=File');
    assert.match(inFile.join(), /where share app-x mounts a file, and nothing can be mounted below a file/);
  });
});

describe('A share below a mount', () => {
  test('is accepted below an emptyDir or a claim, whether it is read or written', () => {
    for (const volume of ['data', 'claim']) {
      const spec = shared(podWith({}, mounting(volume, '/var/www')), 'themes = app:/themes -> web:/var/www/themes:ro');
      assert.equal(mounts(spec, 'web').length, 2);
    }
  });

  test('is refused below what Kubernetes always mounts read-only, unless the place is there', () => {
    const below = (path: string) => refused(podWith({}, mounting('config', '/etc/web')), `app:/x -> web:${path}:ro`).join();
    assert.match(below('/etc/web/themes'), /Kubernetes cannot create a mount point in volume config/);
    assert.equal(below('/etc/web/deep'), '');
    const file = refused(podWith({}, mounting('keys', '/etc/web', { subPath: 'a' })), 'app:/x -> web:/etc/web/x:ro');
    assert.match(file.join(), /where volume keys mounts a file/);
  });

  test('at the very place of another mount is refused by the name of both', () => {
    const at = refused(podWith({}, mounting('claim', '/html')), 'app:/x -> web:/html:ro');
    assert.match(
      at.join(),
      /^share\[0\]\.to\[0\]\.path: \/html of container web is already a mount that the share would hide \(volume claim, spec\.containers\[1\]\.volumeMounts\[0\]\)/,
    );
  });
});

describe('Mount points', () => {
  test('are bounded, and never lead out of the share', () => {
    const many = Array.from({ length: 65 }, (_, index) => ({ name: 'data', mountPath: `/code/${index}` }));
    assert.match(
      refused(podWith({}, { volumeMounts: many }), 'app:/app -> web:/code:ro').join(),
      /65 other mounts are below this read-only directory; the maximum is 64/,
    );
    const out = podWith({}, mounting('data', '/code/../../etc'));
    assert.deepEqual(flags(shared(out, 'code = app:/app -> web:/code:ro'), 'bookend-share-code'), []);
  });

  test('reach the tool as they are, whatever the kubelet would expand', () => {
    const spec = shared(podWith({}, mounting('data', '/code/$(HOME)')), 'code = app:/app -> web:/code:ro');
    assert.deepEqual(flags(spec, 'bookend-share-code'), ['--mount-point=$$(HOME)']);
    assert.deepEqual(shared(spec, 'code = app:/app -> web:/code:ro'), spec);
  });
});
