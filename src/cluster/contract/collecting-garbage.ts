/** The garbage collector: what becomes of the children under each propagation policy. */
import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Deleted, DeleteOptions } from '../port.ts';
import { release } from './finalizing.ts';
import { configMap, configMapRef, hold, names, ourConfigMaps, ownedBy } from './samples.ts';
import { type MakeSubject, onSubject, type Subject } from './subject.ts';

export function collectingGarbage(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, ['garbage-collector']);

  it('Background: the owner goes at once, the children and their children follow', async (subject) => {
    await family(subject);
    assert.equal(await remove(subject, 'owner', { propagation: 'Background' }), 'deleted');
    assert.equal(await see(subject, 'owner'), undefined);
    await subject.until(async () => (await present(subject)).length === 0);
  });

  it("without a policy a ConfigMap's children follow in the background", async (subject) => {
    await family(subject);
    assert.equal(await remove(subject, 'owner', {}), 'deleted');
    await subject.until(async () => (await present(subject)).length === 0);
  });

  it('Foreground: the owner is terminating until its children and their children are gone', async (subject) => {
    const { cluster, namespace, until, settle } = subject;
    await family(subject, { grandchild: [hold] });
    assert.equal(await remove(subject, 'owner', { propagation: 'Foreground' }), 'terminating');
    assert.deepEqual((await see(subject, 'owner'))?.metadata.finalizers, ['foregroundDeletion']);
    await until(async () => (await see(subject, 'grandchild'))?.metadata.deletionTimestamp !== undefined);
    await settle();
    assert.deepEqual(await present(subject), ['child', 'grandchild', 'owner']);
    assert.ok((await see(subject, 'child'))?.metadata.deletionTimestamp);
    await release(cluster, namespace, 'grandchild', [hold]);
    await until(async () => (await present(subject)).length === 0);
  });

  it('Foreground: the owner does not wait for a child that does not block it', async (subject) => {
    const { cluster, namespace, until, settle } = subject;
    const owner = await cluster.create(configMap(namespace, 'owner'));
    await cluster.create(configMap(namespace, 'child', { owners: [ownedBy(owner, false)], finalizers: [hold] }));
    await settle();
    await remove(subject, 'owner', { propagation: 'Foreground' });
    await until(async () => (await see(subject, 'owner')) === undefined);
    await until(async () => (await see(subject, 'child'))?.metadata.deletionTimestamp !== undefined);
    await release(cluster, namespace, 'child', [hold]);
    await until(async () => (await present(subject)).length === 0);
  });

  it('Orphan: the children stay and forget their owner', async (subject) => {
    await family(subject);
    await remove(subject, 'owner', { propagation: 'Orphan' });
    await subject.until(async () => (await see(subject, 'owner')) === undefined);
    await subject.settle();
    assert.deepEqual(await present(subject), ['child', 'grandchild']);
    assert.deepEqual((await see(subject, 'child'))?.metadata.ownerReferences ?? [], []);
    assert.equal((await see(subject, 'grandchild'))?.metadata.ownerReferences?.length, 1);
  });

  it('a child with two owners stays while one of them lives, and forgets the other', async (subject) => {
    const { cluster, namespace, until, settle } = subject;
    const first = await cluster.create(configMap(namespace, 'first'));
    const second = await cluster.create(configMap(namespace, 'second'));
    await cluster.create(configMap(namespace, 'child', { owners: [ownedBy(first), ownedBy(second)] }));
    await settle();
    await remove(subject, 'first', { propagation: 'Background' });
    await until(async () => (await see(subject, 'child'))?.metadata.ownerReferences?.length === 1);
    assert.equal((await see(subject, 'child'))?.metadata.ownerReferences?.[0]?.name, 'second');
    await remove(subject, 'second', { propagation: 'Background' });
    await until(async () => (await see(subject, 'child')) === undefined);
  });

  it('a child whose owner has the right name but another uid is collected', async (subject) => {
    const { cluster, namespace, until } = subject;
    const owner = await cluster.create(configMap(namespace, 'owner'));
    const stranger = { ...ownedBy(owner), uid: '00000000-0000-4000-8000-000000000000' };
    await cluster.create(configMap(namespace, 'child', { owners: [stranger] }));
    await until(async () => (await see(subject, 'child')) === undefined);
    assert.ok(await see(subject, 'owner'));
  });

  it('a second delete with another policy takes the place of the first: Background ends a pending Foreground', async (subject) => {
    const { cluster, namespace, until } = subject;
    await family(subject, { child: [hold] });
    assert.equal(await remove(subject, 'owner', { propagation: 'Foreground' }), 'terminating');
    // The child goes in the foreground too, as long as it has a child of its own.
    await until(async () => (await see(subject, 'grandchild')) === undefined);
    await until(async () => (await see(subject, 'child'))?.metadata.finalizers?.length === 1);
    assert.ok((await see(subject, 'child'))?.metadata.deletionTimestamp);
    assert.equal(await remove(subject, 'owner', { propagation: 'Background' }), 'deleted');
    assert.equal(await see(subject, 'owner'), undefined);
    await release(cluster, namespace, 'child', [hold]);
    await until(async () => (await present(subject)).length === 0);
  });
}

/** owner ← child ← grandchild, known to the garbage collector. */
async function family(subject: Subject, finalizers: { child?: string[]; grandchild?: string[] } = {}): Promise<void> {
  const { cluster, namespace } = subject;
  const owner = await cluster.create(configMap(namespace, 'owner'));
  const child = await cluster.create(
    configMap(namespace, 'child', { owners: [ownedBy(owner)], ...(finalizers.child && { finalizers: finalizers.child }) }),
  );
  await cluster.create(
    configMap(namespace, 'grandchild', {
      owners: [ownedBy(child)],
      ...(finalizers.grandchild && { finalizers: finalizers.grandchild }),
    }),
  );
  // The garbage collector acts on its own watch: what it has not seen yet it does not wait for.
  await subject.settle();
}

function see({ cluster, namespace }: Subject, name: string): Promise<KubernetesObject | undefined> {
  return cluster.get(configMapRef(namespace, name));
}

function remove({ cluster, namespace }: Subject, name: string, options: DeleteOptions): Promise<Deleted> {
  return cluster.delete(configMapRef(namespace, name), options);
}

async function present({ cluster, namespace }: Subject): Promise<string[]> {
  return names((await cluster.list(ourConfigMaps(namespace))).items);
}
