/**
 * From the first object to a changed spec: what is installed when, what is put right, what leaves, and what is never
 * taken over in silence.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt, listOf, mapOf, textOf } from '../../src/objects/fields.ts';
import { clusterOperatorLabel } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { inventoryOf } from '../../src/resource/status/inventory.ts';
import { until } from '../../tools/lab/observe.ts';
import { access, agentWithAccess, clusterOperator, configMap, inOne, workloadOf } from './objects.ts';
import {
  bringUp,
  conditionOf,
  deleteResource,
  eventsOf,
  find,
  noFailedHook,
  podsOf,
  put,
  untilEvent,
  untilGone,
  untilReady,
  untilResource,
  untilStalled,
  useTestBed,
} from './support.ts';
import { Witness } from './witness.ts';

describe('The life of a ClusterOperator', () => {
  const bed = useTestBed('lifecycle');

  const readConfigMap = (name: string) =>
    bed.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace, name });
  const dataOf = async (name: string) => (await readConfigMap(name))?.data;
  const kubectl = (...args: string[]) => bed.lab.run('kubectl', [...args, '-n', bed.namespace]);
  const remove = async (...names: string[]) => {
    for (const name of names) await deleteResource(bed, name);
    for (const name of names) await untilGone(bed, name);
  };

  test('a component is installed when what it depends on is ready, and the status says what it waits for', async () => {
    const name = 'e2e-install';
    const components = [
      { name: 'front', dependsOn: ['base'], objects: [configMap(`${name}-front`), ...access(`${name}-front`, bed.namespace)] },
      {
        name: 'base',
        objects: [
          workloadOf(name, { kind: 'Deployment', readyAfterSeconds: 5, settings: `${name}-settings` }),
          configMap(`${name}-settings`, { COLOUR: 'blue' }),
          ...access(name, bed.namespace),
        ],
      },
    ];
    await put(bed, clusterOperator(name, bed.namespace, components));
    const waiting = await untilResource(bed, name, 'waits for the Deployment', ({ status }) =>
      new RegExp(`Deployment ${bed.namespace}/${name} 0 of 1 replicas are available`).test(status?.blocker ?? ''),
    );
    assert.equal(waiting.status?.phase, 'Installing');
    assert.equal(await readConfigMap(`${name}-front`), undefined, 'the front waits');
    await untilReady(bed, name);
    const [pod] = await podsOf(bed, name);
    const ready = listOf(fieldAt(pod, 'status', 'conditions'))
      .map(mapOf)
      .find(({ type }) => type === 'Ready');
    const front = await readConfigMap(`${name}-front`);
    assert.ok(
      String(ready?.lastTransitionTime) <= String(front?.metadata.creationTimestamp),
      'the front came when the base was ready',
    );
    await untilEvent(bed, name, 'Installed', /^all 9 objects are installed and ready$/);
    await remove(name);
    await noFailedHook(bed, name);
  });

  test('a definition and an object of its kind in one ClusterOperator: first the definition, at the end first the object', async () => {
    const name = 'e2e-defined';
    const thing = { apiVersion: 'e2e.bookend.dev/v1', kind: 'Thing', metadata: { name }, spec: { size: 3 } };
    const witness = await Witness.of(
      bed.cluster,
      await bringUp(bed, clusterOperator(name, bed.namespace, inOne(thing, definitionOfThings))),
    );
    await remove(name);
    assert.deepEqual(witness.goneBefore(/^Thing\./, /^CustomResourceDefinition\..*things/), []);
    witness.close();
  });

  test('drift is repaired: what was changed and what was deleted, and nothing that others have added', async () => {
    const name = 'e2e-drift';
    const objects = [configMap(`${name}-changed`, { colour: 'blue' }), configMap(`${name}-deleted`, { colour: 'green' })];
    await bringUp(bed, clusterOperator(name, bed.namespace, inOne(...objects)));
    await kubectl('patch', 'configmap', `${name}-changed`, '--type=merge', '-p', '{"data":{"colour":"red","theirs":"yes"}}');
    await kubectl('delete', 'configmap', `${name}-deleted`);
    await until('both to be put right', async () => {
      const changed = await dataOf(`${name}-changed`);
      return fieldAt(changed, 'colour') === 'blue' && fieldAt(await dataOf(`${name}-deleted`), 'colour') === 'green';
    });
    assert.equal(fieldAt(await dataOf(`${name}-changed`), 'theirs'), 'yes', 'what others have added is theirs');
    await untilEvent(bed, name, 'DriftRepaired', new RegExp(`^ConfigMap ${bed.namespace}/${name}-changed was changed`));
    await untilEvent(bed, name, 'DriftRepaired', new RegExp(`^ConfigMap ${bed.namespace}/${name}-deleted was deleted`));
    await untilReady(bed, name);
    await remove(name);
  });

  test('a component that leaves the spec is torn down in order; the rest is not touched', async () => {
    const name = 'e2e-leaver';
    const staying = { name: 'staying', objects: [...access(name, bed.namespace), workloadOf(name)] };
    const extra = `${name}-extra`;
    const leaving = { name: 'leaving', objects: [...access(extra, bed.namespace), workloadOf(extra, { stopSeconds: 2 })] };
    const witness = await Witness.of(bed.cluster, await bringUp(bed, clusterOperator(name, bed.namespace, [staying, leaving])));
    const [pod] = (await podsOf(bed, name)).map(({ metadata }) => metadata.uid);

    await put(bed, clusterOperator(name, bed.namespace, [staying]));
    const resource = await untilResource(
      bed,
      name,
      'has four objects and is Ready',
      (now) => inventoryOf(now.status).length === 4 && conditionOf(now, 'Ready')?.status === 'True',
    );
    assert.ok(inventoryOf(resource.status).every((item) => item.name === name));
    const rights = /^(ServiceAccount|Role|RoleBinding)[./].*\/e2e-leaver-extra$/;
    assert.deepEqual(witness.goneBefore(/^(Pod|DaemonSet).*\/e2e-leaver-extra/, rights), []);
    const found = await bed.cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: bed.namespace, name: extra });
    assert.equal(found, undefined);
    await untilEvent(bed, name, 'Removed', /^4 objects that left the spec are gone$/);
    const uids = (await podsOf(bed, name)).map(({ metadata }) => metadata.uid);
    assert.deepEqual(uids, [pod], 'the Pod that stays is the same');
    await remove(name);
    witness.close();
    await noFailedHook(bed, name);
  });

  test('an object that leaves the spec while something in it needs it is held, with the proof, until that changes', async () => {
    const name = 'e2e-held';
    const settings = configMap(`${name}-settings`, { COLOUR: 'blue' });
    const rights = { name: 'access', objects: access(name, bed.namespace) };
    const using = { name: 'agent', objects: [workloadOf(name, { settings: `${name}-settings` })] };
    await bringUp(bed, clusterOperator(name, bed.namespace, [rights, using, { name: 'settings', objects: [settings] }]));

    await put(bed, clusterOperator(name, bed.namespace, [rights, using]));
    const held = await untilStalled(bed, name, new RegExp(`ConfigMap ${bed.namespace}/${name}-settings left the spec, but`));
    const stalled = conditionOf(held, 'Stalled');
    assert.equal(stalled?.reason, 'StillNeeded');
    const words = new RegExp(`DaemonSet ${bed.namespace}/${name} still needs it \\(.*envFrom\\[0\\]\\.configMapRef`);
    assert.match(stalled?.message ?? '', words);
    assert.ok(await readConfigMap(`${name}-settings`), 'it was not deleted');

    await put(bed, clusterOperator(name, bed.namespace, [rights, { name: 'agent', objects: [workloadOf(name)] }]));
    await until('the settings to be gone', async () => !(await readConfigMap(`${name}-settings`)), 90_000);
    await untilReady(bed, name);
    await remove(name);
    await noFailedHook(bed, name);
  });

  test('an object of the same name that is not ours is not touched, and nothing else is made; it is taken over on request', async () => {
    const name = 'e2e-adopt';
    await put(bed, configMap(`${name}-theirs`, { colour: 'red' }, bed.namespace));
    const theirs = await readConfigMap(`${name}-theirs`);
    const wanted = (annotations?: Record<string, string>): KubernetesObject => {
      const object = configMap(`${name}-theirs`, { colour: 'blue' });
      return { ...object, metadata: { ...object.metadata, ...(annotations && { annotations }) } };
    };
    const specWith = (object: KubernetesObject) => clusterOperator(name, bed.namespace, inOne(configMap(`${name}-new`), object));
    await put(bed, specWith(wanted()));
    const refused = await untilStalled(bed, name, /exists already and is not ours/);
    const stalled = conditionOf(refused, 'Stalled');
    assert.equal(stalled?.reason, 'NotOurs');
    const words = new RegExp(`^spec\\.components\\[0\\]\\.objects\\[1\\]: ConfigMap ${bed.namespace}/${name}-theirs`);
    assert.match(stalled?.message ?? '', words);
    assert.match(stalled?.message ?? '', /bookend\.dev\/adopt: "true"/, 'it says what to do');
    assert.equal(refused.status?.phase, 'Refused');
    const found = (await readConfigMap(`${name}-theirs`))?.metadata.resourceVersion;
    assert.equal(found, theirs?.metadata.resourceVersion, 'not touched');
    assert.equal(await readConfigMap(`${name}-new`), undefined, 'and nothing else was made');

    await bringUp(bed, specWith(wanted({ 'bookend.dev/adopt': 'true' })));
    const adopted = await readConfigMap(`${name}-theirs`);
    assert.equal(adopted?.metadata.uid, theirs?.metadata.uid);
    assert.equal(adopted?.metadata.labels?.[clusterOperatorLabel], name);
    assert.equal(fieldAt(adopted?.data, 'colour'), 'blue');

    const rival = clusterOperator(`${name}-rival`, bed.namespace, inOne(wanted({ 'bookend.dev/adopt': 'true' })));
    await put(bed, rival);
    await untilStalled(bed, `${name}-rival`, new RegExp(`exists already and belongs to ClusterOperator ${name}\\b`));
    await remove(`${name}-rival`);
    assert.ok(await readConfigMap(`${name}-theirs`), 'whoever was refused deletes nothing');
    await remove(name);
    assert.equal(await readConfigMap(`${name}-theirs`), undefined, 'what was taken over goes too');
  });

  test('a ClusterOperator that was refused goes at once when it is deleted, and takes nothing with it', async () => {
    const name = 'e2e-refused';
    await put(bed, configMap(`${name}-theirs`, { colour: 'red' }, bed.namespace));
    await put(bed, clusterOperator(name, bed.namespace, inOne(configMap(`${name}-theirs`))));
    await untilStalled(bed, name, /is not ours/);
    await remove(name);
    assert.equal(fieldAt(await dataOf(`${name}-theirs`), 'colour'), 'red');
  });

  test('a changed Pod template is rolled out, and the status follows', async () => {
    const name = 'e2e-update';
    await bringUp(bed, agentWithAccess(name, bed.namespace));
    const [before] = (await podsOf(bed, name)).map(({ metadata }) => metadata.uid);
    await put(bed, agentWithAccess(name, bed.namespace, { workload: { stopSeconds: 2 } }));
    const updating = await untilResource(bed, name, 'is being updated', ({ metadata, status }) =>
      Boolean(metadata.generation === status?.observedGeneration && status?.phase === 'Updating'),
    );
    assert.equal(conditionOf(updating, 'Ready')?.status, 'False');
    await untilReady(bed, name);
    const pods = (await podsOf(bed, name)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.equal(pods.length, 1);
    assert.notEqual(pods[0]?.metadata.uid, before);
    await remove(name);
    await noFailedHook(bed, name);
    assert.equal(await find(bed, name), undefined);
    assert.deepEqual(
      (await eventsOf(bed, name)).filter(({ reason }) => reason === 'DriftRepaired').map(({ message }) => textOf(message)),
      [],
      'what Kubernetes itself writes into an object is no drift',
    );
  });
});

const definitionOfThings: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.e2e.bookend.dev' },
  spec: {
    group: 'e2e.bookend.dev',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
};
