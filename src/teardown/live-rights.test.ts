/** An operator that is deleted by name together with its custom resources, but without its roles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf } from '../objects/identity.ts';
import { account, clusterRole, clusterRoleBinding, widget, widgetDefinition, workload } from './testing/samples.ts';
import { takeDown } from './testing/take-down.ts';

const operator = workload('Deployment', 'operator', { account: 'operator' });
const rights = [
  account('operator'),
  clusterRole('operator', [{ apiGroups: ['example.dev'], resources: ['widgets'], verbs: ['*'] }]),
  clusterRoleBinding('operator'),
];

test('an operator goes after its custom resources, although its roles stay', async () => {
  const run = await takeDown([operator, widget('db')], { others: [widgetDefinition(), ...rights] });
  assert.deepEqual(run.plan().steps.find(({ id }) => id === idOf(operator))?.after, [idOf(widget('db'))]);
  await run.finished();
  assert.ok(rights.every(run.exists));
});

test('a Deployment whose account has no rights on them is no operator of theirs', async () => {
  const run = await takeDown([operator, widget('db')], { others: [widgetDefinition(), account('operator')] });
  assert.deepEqual(run.plan().steps.find(({ id }) => id === idOf(operator))?.after, []);
  run.teardown.close();
});
