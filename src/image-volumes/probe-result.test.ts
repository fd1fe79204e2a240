/** What a probe's Pod tells, in the words of kubelets and runtimes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { poolsOf } from './pools.ts';
import { hasImageVolume, probePod } from './probe-pod.ts';
import { resultInTheEnd, resultOf } from './probe-result.ts';
import { facts } from './testing/nodes.ts';

const pod = (state: object | undefined, status: object = {}, nodeName: string | undefined = 'n'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { ...(nodeName && { nodeName }) },
  status: {
    phase: 'Pending',
    ...status,
    ...(state && {
      containerStatuses: [
        { name: 'mesh', state: { running: {} } },
        { name: 'check', state },
      ],
    }),
  },
});
const ended = (exitCode: number, more: object = {}) => pod({ terminated: { exitCode, ...more } });
const waiting = (reason: string, message?: string) => pod({ waiting: { reason, message } });
const outcome = (of: KubernetesObject) => resultOf(of)?.outcome;

describe("A probe's Pod", () => {
  test('that ended well has seen the directory, on the node where it ran', () => {
    assert.deepEqual(resultOf(ended(0)), { outcome: 'works', message: '', node: 'n' });
  });

  test('tells nothing, the whole image and something else apart', () => {
    const said = [8, 9, 10, 11].map((code) => resultOf(ended(code)));
    for (const each of said) assert.equal(each?.outcome, 'fails');
    assert.match(said[0]?.message ?? '', /an empty directory/);
    assert.match(said[1]?.message ?? '', /the whole image/);
    assert.match(said[2]?.message ?? '', /something else/);
    assert.match(said[3]?.message ?? '', /noexec/);
  });

  test('whose container the runtime refuses to start says so in one line', () => {
    const refused = resultOf(waiting('CreateContainerError', 'failed to mount:\n  sub path\tnot found'));
    assert.deepEqual(refused, {
      outcome: 'fails',
      message: 'a container could not be started with one: failed to mount: sub path not found',
      node: 'n',
    });
    assert.equal(outcome(ended(128, { reason: 'StartError', message: 'runc: no' })), 'fails');
  });

  test('that failed for reasons of its own says nothing about image volumes', () => {
    const found = resultOf(waiting('ImagePullBackOff', 'Back-off pulling'))?.message ?? '';
    assert.match(found, /^its image cannot be pulled: Back-off pulling$/);
    for (const reason of ['ErrImagePull', 'ErrImageNeverPull', 'InvalidImageName', 'CreateContainerConfigError'])
      assert.equal(outcome(waiting(reason)), 'unclear');
    assert.equal(outcome(ended(137, { reason: 'OOMKilled' })), 'unclear');
    assert.equal(outcome(ended(2, { message: 'seed: there is no command "check"' })), 'unclear', 'an older image');
    const seen = resultOf(pod(undefined, { phase: 'Failed', reason: 'Evicted', message: 'no room' }))?.message;
    assert.equal(seen, 'its Pod failed: Evicted: no room');
  });

  test('that is under way is waited for, and in the end says what it was waiting for', () => {
    for (const each of [waiting('ContainerCreating'), pod({ running: {} }), pod(undefined)])
      assert.equal(resultOf(each), undefined);
    const says = 'its Pod did not come to an end in time: its container is waiting (ContainerCreating)';
    assert.equal(resultInTheEnd(waiting('ContainerCreating')).message, says);
    const homeless = pod(
      undefined,
      { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] },
      '',
    );
    assert.deepEqual(resultInTheEnd(homeless), {
      outcome: 'unclear',
      message: 'its Pod did not come to an end in time: it has no node (0/3 nodes are available)',
    });
  });

  test('goes to nodes of its pool that are ready, those that are not cordoned first, twenty at most', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      facts(`n${String(index).padStart(2, '0')}`, { cordoned: index < 2, ready: index !== 5 }),
    );
    const [pool] = poolsOf(many);
    assert.ok(pool);
    const made = probePod(pool, 'p', { namespace: 'x', seedImage: 'seed' });
    const names = [...JSON.stringify(made).matchAll(/"values":\["(n\d\d)"\]/g)].map(([, name]) => name);
    assert.equal(names.length, 20);
    assert.ok(!names.includes('n00') && !names.includes('n05'));
    assert.ok(hasImageVolume(made));
    assert.ok(
      !hasImageVolume({ ...made, spec: { volumes: [{ name: 'image' }] } }),
      'what an API server without the feature keeps',
    );
  });
});
