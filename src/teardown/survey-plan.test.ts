import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError, isCode } from '../errors.ts';
import { idOf, refOf } from '../objects/identity.ts';
import { keepAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { type Survey, survey } from './survey.ts';
import { planOfSurvey } from './survey-plan.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  job,
  namespace,
  pod,
  secret,
  widget,
  widgetDefinition,
  widgetKind,
  workload,
} from './testing/samples.ts';

const rules = [{ apiGroups: ['example.dev'], resources: ['widgets'], verbs: ['get', 'watch', 'patch'] }];

/** A cluster with these objects, and the survey of those that are `given`. */
async function surveyed(objects: KubernetesObject[], given: KubernetesObject[]): Promise<Survey> {
  const { cluster, settle } = makeSimulatedCluster();
  await cluster.create(namespace());
  for (const object of objects) {
    const owners = object.metadata.ownerReferences;
    const owner = owners?.[0] && (await cluster.get({ ...owners[0], namespace: 'agents' }));
    const uid = owner?.metadata.uid;
    const metadata = uid ? { ...object.metadata, ownerReferences: owners?.map((each) => ({ ...each, uid })) } : object.metadata;
    await cluster.create({ ...object, metadata } as KubernetesObject);
    await settle(object.kind === 'CustomResourceDefinition' ? 200 : 0);
  }
  await settle();
  const live = await Promise.all(given.map((object) => cluster.get(refOf(object))));
  return survey(
    cluster,
    live.flatMap((object) => object ?? []),
  );
}

const madeBy = (owner: KubernetesObject, child: KubernetesObject): KubernetesObject => ({
  ...child,
  metadata: { ...child.metadata, ownerReferences: [{ ...refOf(owner), uid: '', controller: true, blockOwnerDeletion: true }] },
});

/** True when the one is deleted only after the other is gone, directly or through others. */
function waits({ steps }: Plan, one: KubernetesObject, other: KubernetesObject): boolean {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const toVisit = [idOf(one)];
  for (let id = toVisit.pop(); id !== undefined; id = toVisit.pop()) {
    const before = byId.get(id)?.after ?? [];
    if (before.includes(idOf(other))) return true;
    toVisit.push(...before);
  }
  return false;
}

const agent = account('agent');
const settings = configMap('settings');
const one = widget('one');
const crd = widgetDefinition();
const operator = workload('Deployment', 'operator', { account: 'operator' });
const access = [account('operator'), clusterRole('operator', rules), clusterRoleBinding('operator')];

describe('the survey', () => {
  test('finds the custom resources of a CustomResourceDefinition, and their children down to the Pods', async () => {
    const child = madeBy(one, workload('DaemonSet', 'child', { account: 'agent' }));
    const found = await surveyed([crd, agent, one, child], [crd, agent]);
    assert.deepEqual(found.objects.map(idOf), [idOf(crd), idOf(agent), idOf(one)]);
    const kinds = (found.children.get(idOf(one)) ?? []).map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, ['ControllerRevision', 'DaemonSet', 'Pod']);
    assert.deepEqual(found.strangers, []);
    const marked = found.marks.map(({ step, workload: made }) => `${step} ${made?.kind}/${made?.name}`);
    assert.deepEqual(marked, [`${idOf(one)} DaemonSet/child`]);
  });

  test('finds custom resources of the same kind as children too', async () => {
    const part = madeBy(one, widget('part'));
    const found = await surveyed([crd, one, part], [one]);
    assert.deepEqual(found.children.get(idOf(one))?.map(idOf), [idOf(part)]);
  });

  test('finds custom resources of a definition that is being deleted already', async () => {
    const held = widget('held', { finalizers: ['example.dev/x'] });
    const simulated = makeSimulatedCluster();
    await simulated.cluster.create(namespace());
    const definition = await simulated.cluster.create(crd);
    await simulated.settle();
    await simulated.cluster.create(held);
    await simulated.cluster.delete(refOf(definition));
    const live = await simulated.cluster.get(refOf(definition));
    const found = await survey(simulated.cluster, live ? [live] : []);
    assert.deepEqual(found.objects.map(idOf), [idOf(crd), idOf(held)]);
  });

  test('does not take the custom resources of a kept definition', async () => {
    const kept = widgetDefinition({ annotations: { [keepAnnotation]: 'true' } });
    const found = await surveyed([kept, one], [kept]);
    assert.deepEqual(found.objects.map(idOf), [idOf(kept)]);
  });

  test('looks for what is left of objects that an earlier plan knew and that are gone', async () => {
    const { cluster, settle } = makeSimulatedCluster();
    await cluster.create(namespace());
    const made = await cluster.create(workload('DaemonSet', 'web', { preStopMs: 60_000, graceSeconds: 120 }));
    await settle();
    await cluster.delete(refOf(made), { propagation: 'Background' });
    await settle();
    const found = await survey(cluster, [], [refOf(made)]);
    assert.deepEqual(
      found.children.get(idOf(made))?.map(({ kind }) => kind),
      ['Pod'],
    );
  });

  test('goes on without kinds that it may not list, and names them', async () => {
    const { cluster, settle } = makeSimulatedCluster();
    await cluster.create(namespace());
    await cluster.create(crd);
    await settle();
    const live = await cluster.create(one);
    const list: typeof cluster.list = async (query) => {
      if (query.kind === 'Secret') throw refusal;
      return cluster.list(query);
    };
    const found = await survey({ ...cluster, list }, [live]);
    assert.deepEqual(found.reach.notSeen, ['secrets is forbidden']);
    assert.ok(!found.reach.confirmed.some(({ kind }) => kind === 'Secret'));
  });

  test('fails when it may not list Pods: nothing could be promised', async () => {
    const { cluster } = makeSimulatedCluster();
    await cluster.create(namespace());
    const live = await cluster.create(workload('DaemonSet', 'agent'));
    const list = async () => {
      throw refusal;
    };
    await assert.rejects(survey({ ...cluster, list }, [live]), (error) => isCode(error, 'forbidden'));
  });
});

const refusal = new BookendError('forbidden', 'secrets is forbidden');

describe('the plan of a survey', () => {
  test('what a child needs, its maker needs', async () => {
    const child = madeBy(one, workload('DaemonSet', 'child', { account: 'agent', configMaps: ['settings'] }));
    const found = await surveyed([crd, agent, settings, one, child], [crd, agent, settings]);
    const plan = planOfSurvey(found);
    assert.ok(waits(plan, agent, one));
    assert.ok(waits(plan, settings, one));
    assert.ok(waits(plan, crd, one));
    assert.ok(!plan.steps.some((step) => step.id === idOf(child)), 'children are no steps');
    const step = plan.steps.find((each) => each.id === idOf(crd));
    assert.deepEqual(step?.defines, widgetKind);
  });

  test('custom resources go before their controller, which is named for the blocker', async () => {
    const found = await surveyed([crd, ...access, operator, one], [crd, ...access, operator]);
    const plan = planOfSurvey(found);
    assert.ok(waits(plan, operator, one));
    assert.ok(waits(plan, access[1] ?? agent, one));
    assert.deepEqual(plan.steps.find((step) => step.id === idOf(one))?.servedBy, [idOf(operator)]);
  });

  test('a controller that uses what its own custom resource made is no circle', async () => {
    const made = madeBy(one, secret('made'));
    const user = workload('Deployment', 'operator', { account: 'operator' });
    const spec = (user.spec as { template: { spec: { volumes: unknown[] } } }).template.spec;
    spec.volumes = [{ name: 'made', secret: { secretName: 'made' } }];
    const found = await surveyed([crd, ...access, one, made, user], [crd, ...access, user]);
    const plan = planOfSurvey(found);
    assert.ok(plan.steps.some((step) => step.id === idOf(user)));
    assert.ok(plan.steps.some((step) => step.id === idOf(one)));
  });

  test("somebody else's Pod that uses an object is awaited, with the reason", async () => {
    const visitor = pod('visitor', { account: 'agent' });
    const plan = planOfSurvey(await surveyed([agent, visitor], [agent]));
    const step = plan.steps.find((each) => each.id === idOf(visitor));
    assert.equal(step?.mode, 'await');
    assert.equal(step?.reason, 'uses ServiceAccount agents/agent (spec.serviceAccountName)');
    assert.ok(waits(plan, agent, visitor));
  });

  test('Pods that use nothing of ours, or have ended, are not awaited', async () => {
    const bystander = pod('bystander', { account: 'other' });
    const ended = job('ended', { account: 'agent' });
    const found = await surveyed([agent, account('other'), bystander, ended], [agent]);
    assert.equal(found.strangers.length, 2);
    assert.deepEqual(
      planOfSurvey(found).steps.map((step) => step.id),
      [idOf(agent)],
    );
  });

  test('a Pod that only a group binding covers is not awaited', async () => {
    const everybody = clusterRoleBinding('everybody');
    (everybody as { subjects?: unknown }).subjects = [{ kind: 'Group', name: 'system:serviceaccounts' }];
    const bystander = pod('bystander', { account: 'other' });
    const found = await surveyed([account('other'), everybody, bystander], [everybody]);
    assert.deepEqual(
      planOfSurvey(found).steps.map((step) => step.mode),
      ['delete'],
    );
  });

  test('components order what no field can prove', async () => {
    const [front, back] = [workload('Deployment', 'front'), workload('Deployment', 'back')];
    const found = await surveyed([front, back], [front, back]);
    const plan = planOfSurvey(found, [
      { name: 'front', dependsOn: ['back'], objects: [idOf(front)] },
      { name: 'back', dependsOn: [], objects: [idOf(back), idOf(agent)] },
    ]);
    assert.ok(waits(plan, back, front));
    assert.equal(plan.steps.find((step) => step.id === idOf(front))?.component, 'front');
  });

  test('the same cluster gives the same plan, in whatever order its objects are given', async () => {
    const objects = [crd, ...access, operator, one, agent, settings];
    const found = await surveyed(objects, objects);
    const plan = planOfSurvey(found);
    assert.deepEqual(planOfSurvey({ ...found, objects: found.objects.toReversed() }), plan);
  });
});
