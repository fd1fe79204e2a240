/**
 * How many answers of the API server a teardown waits for, one after the other, before its first DELETE and after the
 * last object is gone. On the virtual clock each takes as long as the others, so the time is their number.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMap } from '../teardown/testing/samples.ts';
import { guardOf } from './guard.ts';
import { silentLog } from './log.ts';
import { lives, one } from './testing/lives.ts';
import { startSlow } from './testing/slow.ts';

const answerMs = 100;
/** The ClusterOperator; what is ours, what is made out of it and the watches; the order on record. */
const mostBefore = 3;
/** Events of failed hooks beside the last look, the last status beside the guard, the finalizer. */
const mostAfter = 3;

test('a teardown waits for few answers before the first DELETE and after the last object is gone', async () => {
  const bindings = ['guard', 'guard-collections'];
  const simulated = await lives({
    foreign: bindings.map((name) => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: 'guard', validationActions: ['Audit'] },
    })),
    start: (world) =>
      startSlow(world, {
        writeMs: answerMs,
        readMs: answerMs,
        makeGuard: ({ cluster, clock }) => guardOf({ cluster, clock, log: silentLog, bindings }),
      }),
  });
  await simulated.install(one(configMap('first'), configMap('second')));
  await simulated.settle(3_000);
  simulated.clearRequests();
  const begun = simulated.clock.now();
  await simulated.removed();
  const deleted = simulated.requests.filter(({ verb, ref }) => verb === 'delete' && ref.kind === 'ConfigMap').map(({ at }) => at);
  assert.equal(deleted.length, 2);
  // A request arrives when its wait is over: a DELETE has waited for itself, too.
  const before = (Math.min(...deleted) - begun) / answerMs - 1;
  const after = (simulated.clock.now() - Math.max(...deleted)) / answerMs;
  assert.ok(Math.floor(before) <= mostBefore, `${before} answers before the first DELETE`);
  assert.ok(Math.floor(after) <= mostAfter, `${after} answers after the last object`);
});
