import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeWorld } from '../../graph/world.ts';
import { programsOf } from '../../knowledge/hook-program.ts';
import { hookWith, operatorChart } from '../testing/charts.ts';
import { leftIn, played, saidOfHook } from '../testing/plays.ts';
import { chart } from '../testing/subjects.ts';

describe('what a hook runs', () => {
  const programs = (container: Record<string, unknown>) =>
    programsOf({ containers: [{ name: 'main', ...container }] }, 'shop', makeWorld([]));

  test('is read from its shell script', () => {
    const [program] = programs({ command: ['sh', '-c', 'kubectl delete widgets --all\nkubectl get pods || true'] });
    assert.equal(program?.what, 'kubectl');
    assert.deepEqual(program?.what === 'kubectl' && program.calls.map(({ verb, mayFail }) => [verb, mayFail]), [
      ['delete', false],
      ['get', true],
    ]);
    assert.equal(program?.what === 'kubectl' && program.stopsAtFailure, false);
  });

  test('stops at the first failure where the shell is told to', () => {
    for (const command of [
      ['bash', '-ec', 'kubectl get a; kubectl get b'],
      ['sh', '-c', 'set -eu; kubectl get a; kubectl get b'],
    ]) {
      const [program] = programs({ command });
      assert.ok(program?.what === 'kubectl' && program.stopsAtFailure, command.join(' '));
    }
  });

  test('is Bookend with its targets', () => {
    const targets = '[{"kind":"widgets.example.com","names":["a"],"namespace":"shop"}]';
    assert.deepEqual(programs({ args: ['delete', '--targets', targets, '--timeout', '60s'] }), [
      { what: 'bookend', targets: [{ kind: 'widgets.example.com', names: ['a'], namespace: 'shop' }], order: 'listed' },
    ]);
  });

  test('never ends where a container only sleeps, unless that is a native sidecar', () => {
    for (const command of [
      ['sleep', 'infinity'],
      ['sh', '-c', 'echo up; exec tail -f /dev/null'],
    ])
      assert.deepEqual(programs({ command }), [{ what: 'endless', isFirst: false }], command.join(' '));
    assert.deepEqual(programs({ command: ['sh', '-c', 'sleep infinity & echo up'] }), []);
    const first = (more: object) =>
      programsOf({ initContainers: [{ name: 'a', command: ['sleep', 'infinity'], ...more }] }, 'shop', makeWorld([]));
    assert.deepEqual(first({}), [{ what: 'endless', isFirst: true }]);
    assert.deepEqual(first({ restartPolicy: 'Always' }), []);
  });

  test('is not known for any other program', () => {
    assert.deepEqual(programs({ command: ['/cleanup'] }), []);
  });
});

describe('a hook with kubectl', () => {
  const rights = { verbs: "['*']" };

  test('that strips finalizers frees the custom resource', async () => {
    const command = 'kubectl patch widgets.example.com one --type=merge -p "{\\"metadata\\":{\\"finalizers\\":null}}"';
    const hook = hookWith('COMMAND', rights).replace("'COMMAND'", JSON.stringify(command));
    const result = await played(chart(operatorChart + hook));
    assert.deepEqual([result.outcome, leftIn(result)], ['succeeded', []]);
  });

  test('that names what is not there fails, unless it says that this is fine', async () => {
    const missing = await played(chart(operatorChart + hookWith('kubectl delete widget nothing', rights)));
    assert.match(saidOfHook(missing), /NotFound.*widgets\.example\.com "nothing" not found/);
    const fine = await played(chart(operatorChart + hookWith('kubectl delete widget nothing --ignore-not-found', rights)));
    assert.ok(fine.steps.some((step) => step.what === 'wait-hook' && step.answer === 'done'));
  });

  test('that asks for a kind which is not served fails', async () => {
    const result = await played(chart(operatorChart + hookWith('kubectl delete gadgets --all', rights)));
    assert.match(saidOfHook(result), /doesn't have a resource type "gadgets"/);
  });

  test('gives up at its own time-out when what it deletes does not go', async () => {
    const held = operatorChart.replace("verbs: ['*']", 'verbs: [get]');
    const result = await played(chart(held + hookWith('kubectl delete widgets --all --timeout=20s', rights)));
    assert.equal(result.outcome, 'failed');
    assert.match(saidOfHook(result), /timed out waiting for the condition on one/);
    assert.ok(result.returnedMs > 20_000 && result.returnedMs < 25_000);
  });

  test('takes a refusal for an empty list where it throws errors away, and goes on', async () => {
    const script = 'if ! kubectl get widgets -n shop >/dev/null 2>&1; then exit 0; fi';
    const result = await played(chart(operatorChart + hookWith(script, { verbs: '[watch]' })));
    assert.ok(result.steps.some((step) => step.what === 'wait-hook' && step.answer === 'done'));
    assert.equal(result.outcome, 'hangs');
  });

  test('that scales the operator down first lets its finalizer hang', async () => {
    const more = hookWith(
      'kubectl scale deployment manager --replicas=0; kubectl delete widgets --all --timeout=20s',
      rights,
    ).replace('rules: [{', 'rules: [{apiGroups: [apps], resources: [deployments, deployments/scale], verbs: [get, patch]}, {');
    const result = await played(chart(operatorChart + more));
    assert.equal(result.outcome, 'failed');
    assert.ok(leftIn(result).includes('stuck Widget.example.com/shop/one'));
  });
});
