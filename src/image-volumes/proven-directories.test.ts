/**
 * Sources that only a trial shows to be directories: each is tried once, with the very image and path, and nothing is
 * left.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { fieldAt, listOf } from '../objects/fields.ts';
import { parseShare } from '../share/notation.ts';
import { factsOf } from './node.ts';
import { poolsOf } from './pools.ts';
import { probePod } from './probe-pod.ts';
import { provenDirectories } from './proven-directories.ts';
import { node } from './testing/nodes.ts';

const spec = {
  containers: [
    { name: 'app', image: 'app:1', imagePullPolicy: 'Never' },
    { name: 'web', image: 'web:1' },
  ],
};

describe('Proven directories', () => {
  test('are those whose Pod started, of the shares that depend on it', async () => {
    const simulated = makeSimulatedCluster({ nodes: [] });
    await simulated.cluster.create(node('one'));
    await simulated.settle(1_000);
    const tried: string[] = [];
    const probe = { clock: simulated.clock, namespace: 'default', seedImage: 'seed', onProbe: () => void tried.push('') };
    const shares = [
      'a = app:/srv/www -> web:/html:ro',
      'b = app:/srv//www -> web:/html2:ro',
      'c = app:/known/ -> web:/c:ro',
      'd = app:/written -> web:/d',
      'e = app:/file -> web:/e:ro; type=File',
      'f = app:/asked -> web:/f:ro; mode=image',
      'g = app:/g, web:/g',
    ].map((line) => parseShare(line));
    let proven: ReadonlySet<string> | undefined;
    void provenDirectories(simulated.cluster, spec, shares, probe).then((set) => {
      proven = set;
    });
    await simulated.until(() => proven !== undefined);
    assert.deepEqual([...(proven ?? [])], ['app:1 /srv/www']);
    assert.equal(tried.length, 1);
    await simulated.settle(5_000);
    assert.deepEqual((await simulated.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'default' })).items, []);
  });

  test('are tried by a Pod that mounts that directory and runs nothing of that image', () => {
    const [pool = assert.fail()] = poolsOf([factsOf(node('one'))]);
    const shows = { image: 'app:1', path: 'srv/www', pullPolicy: 'Never' };
    const pod = probePod(pool, 'probe', { namespace: 'default', seedImage: 'seed:1', shows });
    assert.deepEqual(fieldAt(pod, 'spec', 'volumes'), [{ name: 'image', image: { reference: 'app:1', pullPolicy: 'Never' } }]);
    const [container] = listOf(fieldAt(pod, 'spec', 'containers'));
    assert.deepEqual([fieldAt(container, 'image'), fieldAt(container, 'command')], ['seed:1', ['/seed', 'version']]);
    assert.deepEqual(fieldAt(container, 'volumeMounts'), [
      { name: 'image', mountPath: '/image', subPath: 'srv/www', readOnly: true },
    ]);
  });
});
