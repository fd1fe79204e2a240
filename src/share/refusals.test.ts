/** What would fail later is refused at once, with the field, the reason and the way out. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fields } from './spec.ts';
import { podSpec, refused, shared } from './testing/shared.ts';

const why = (...lines: string[]) => refused(podSpec(), ...lines).join('; ');

describe('A share is refused', () => {
  test('from and at what the kernel and the kubelet make', () => {
    for (const path of [
      '/proc',
      '/proc/self',
      '/sys/fs',
      '/dev',
      '/dev/shm',
      '/run/secrets/kubernetes.io/serviceaccount/token',
    ]) {
      assert.match(why(`app:${path} -> web:/x:ro`), /^share\[0\]\.from\.path: .*\. Use another directory$/, path);
    }
    for (const path of ['/proc/x', '/dev', '/sys', '/var/run/secrets/kubernetes.io/serviceaccount']) {
      assert.match(why(`app:/x -> web:${path}:ro`), /^share\[0\]\.to\[0\]\.path: .*\. Use another directory$/, path);
    }
    assert.equal(why('app:/process -> web:/device:ro'), '');
    assert.equal(why('app:/dev/shm, web:/dev/shm; medium=Memory'), '', 'memory that processes of several containers share');
  });

  test('with a pattern in place of a path', () => {
    assert.match(
      why('app:/srv/*.html -> web:/x:ro'),
      /"\*" is a shell pattern, .* Use the directory \(\/srv\): a share includes all its files/,
    );
    assert.match(why('app:/srv/[a-z]/x -> web:/x:ro'), /"\[a-z\]" is a shell pattern/);
    assert.match(why('app:/srv -> web:/x/?:ro'), /share\[0\]\.to\[0\]\.path: "\?"/);
    assert.equal(why('app:"/pages/[id]" -> web:/x:ro'), '');
  });

  test('when it would copy what another share brings', () => {
    const chain = why('a = app:/srv -> web:/srv:ro', 'b = web:/srv -> app:/opt:ro');
    assert.match(
      chain,
      /^share\[1\]\.from\.path: \/srv of container web is not what its image has: share a is mounted at \/srv\. A share cannot copy from another/,
    );
    assert.match(why('a = app:/srv -> web:/srv:ro', 'b = web:/srv/sub -> app:/opt:ro'), /share a is mounted at \/srv/);
    const later = refused(shared(podSpec(), 'a = app:/srv -> web:/srv:ro'), 'b = web:/srv -> app:/opt:ro').join();
    assert.match(later, /share a is mounted at \/srv/);
    assert.equal(why('a = app:/srv -> web:/srv/a:ro', 'b = web:/srv -> app:/opt:ro'), '', 'what its image has there is copied');
  });

  test('when it would copy what a volume brings', () => {
    const spec = podSpec({ volumes: [{ name: 'data', emptyDir: {} }] }, { volumeMounts: [{ name: 'data', mountPath: '/srv' }] });
    assert.match(
      refused(spec, 'app:/srv/www -> web:/html:ro').join(),
      /\/srv\/www of container app is in volume data, mounted at \/srv, and not in its image\. Mount that volume/,
    );
  });

  test('for a Pod that can only run where the tool cannot', () => {
    const line = 'app:/srv -> web:/html:ro';
    const on = (spec: Fields) => refused(podSpec(spec), line).join();
    const requiring = (...rules: unknown[]) => {
      const terms = rules.map((rule) => ({ matchExpressions: [rule] }));
      return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } } };
    };
    const rule = (operator: string, ...values: string[]) => ({ key: 'kubernetes.io/arch', operator, values });
    assert.match(
      on({ nodeSelector: { 'kubernetes.io/arch': 's390x' } }),
      /^spec\.nodeSelector\[kubernetes\.io\/arch\]: the Pod requires nodes of architecture s390x, and the tool .* is built for amd64, arm64/,
    );
    assert.match(
      on(requiring(rule('In', 's390x', 'ppc64le'))),
      /^spec\.affinity\.nodeAffinity: the Pod requires nodes of architecture s390x, ppc64le/,
    );
    assert.match(on(requiring(rule('NotIn', 'amd64', 'arm64'))), /requires nodes of architecture not amd64/);
    assert.equal(on(requiring(rule('In', 's390x', 'amd64'))), '');
    assert.equal(on({ nodeSelector: { 'kubernetes.io/arch': 'arm64' } }), '');
    assert.equal(on(requiring(rule('NotIn', 'amd64'))), '', 'arm64 is left');
    assert.equal(on(requiring(rule('In', 's390x'), rule('In', 'amd64'))), '', 'one of the terms is enough');
    assert.match(on({ nodeSelector: { 'kubernetes.io/os': 'windows' } }), /the Pod is for Windows/);
    assert.deepEqual(
      refused(podSpec({ nodeSelector: { 'kubernetes.io/arch': 's390x' } }), 'app:/x, web:/x'),
      [],
      'nothing is copied',
    );
  });

  test('for a container that is not there, with those that are', () => {
    assert.match(why('app:/srv -> ngin:/x:ro'), /the Pod has no container "ngin"; its containers are: app, web/);
  });
});
