/** What `bookend delete` says of children that an operator made without owner references and leaves behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refOf } from '../../objects/identity.ts';
import { custom, definition, namespace, workload } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import type { DeleteDocument } from './report.ts';

async function stage(child = workload('StatefulSet', 'shop', 'db')) {
  const terminal = simulatedTerminal();
  const { cluster, settle } = terminal.simulated;
  for (const object of [namespace('shop'), definition('Widget')]) await cluster.create(object);
  await settle(2_000);
  const db = custom('Widget', 'db', 'shop');
  await cluster.create(db);
  await cluster.patch(refOf(db), { type: 'merge', value: { status: { ready: true } } }, { fieldManager: 'widget-operator' });
  await cluster.create(child, { fieldManager: 'widget-operator' });
  await settle(2_000);
  return terminal;
}

test('it is named in the last line, and the deletion is not called complete', async () => {
  const { run } = await stage();
  const { exitCode, err, errLines } = await run(['delete', 'widgets', 'db', '-n', 'shop']);
  assert.equal(exitCode, 7);
  assert.match(err, /Widget shop\/db is gone, but what its operator made for it is not/);
  assert.match(
    errLines.at(-1) ?? '',
    /StatefulSet shop\/db was probably made for it, has no owner reference, and nothing deletes it$/,
  );
});

test('-o json has it among what is left, with the reason', async () => {
  const { run } = await stage();
  const { out } = await run(['delete', 'widgets', 'db', '-n', 'shop', '-o', 'json']);
  const [left] = (JSON.parse(out) as DeleteDocument).left;
  assert.deepEqual([left?.object, left?.state, left?.reason], ['Widget.example.com/shop/db', 'Passed', 'ChildWithoutOwner']);
});

test('a Secret that stays is reported, and is no failure: operators leave such by design', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db-password', namespace: 'shop' } };
  const { run } = await stage(secret);
  const { exitCode, out, err } = await run(['delete', 'widgets', 'db', '-n', 'shop', '-o', 'json']);
  assert.equal(exitCode, 0, err);
  const [left] = (JSON.parse(out) as DeleteDocument).left;
  assert.equal(left?.reason, 'ChildWithoutOwner');
  assert.match(left?.blocker ?? '', /Secret shop\/db-password was probably made for it/);
});
