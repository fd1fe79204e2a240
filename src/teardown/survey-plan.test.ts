import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { planOfSurvey } from './survey-plan.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  job,
  pod,
  secret,
  widget,
  widgetDefinition,
  widgetKind,
  workload,
} from './testing/samples.ts';
import { madeBy, surveyed } from './testing/surveyed.ts';

const rules = [{ apiGroups: ['example.dev'], resources: ['widgets'], verbs: ['get', 'watch', 'patch'] }];

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

  test('has the UIDs of what stands between an object and its Pods', async () => {
    const child = madeBy(one, workload('DaemonSet', 'child', { account: 'agent' }));
    const found = await surveyed([crd, agent, ...access, one, child, operator], [crd, agent, operator]);
    const between = (object: KubernetesObject) => planOfSurvey(found).steps.find(({ id }) => id === idOf(object))?.between;
    const made = (of: KubernetesObject, kind: string) => found.children.get(idOf(of))?.find((each) => each.kind === kind);
    assert.deepEqual(between(operator), [made(operator, 'ReplicaSet')?.metadata.uid]);
    assert.deepEqual(between(one), [made(one, 'DaemonSet')?.metadata.uid]);
    assert.equal(between(agent), undefined);
  });

  test('has a bounded number of them, however many somebody gives to our objects', async () => {
    const operators = Array.from({ length: 11 }, (_, index) => workload('Deployment', `operator-${index}`));
    const found = await surveyed(operators, operators);
    const given = (owner: KubernetesObject): KubernetesObject[] =>
      Array.from({ length: 120 }, (_, index) => {
        const uid = `${owner.metadata.name}-${index}`;
        const made = { ...madeBy(owner, workload('ReplicaSet', uid)) };
        const pod = madeBy(made, { apiVersion: 'v1', kind: 'Pod', metadata: { name: uid, namespace: 'agents' } });
        for (const each of pod.metadata.ownerReferences ?? []) each.uid = uid;
        return [{ ...made, metadata: { ...made.metadata, uid } }, pod];
      }).flat();
    for (const operator of operators) found.children.set(idOf(operator), given(operator));
    const counts = planOfSurvey(found).steps.map(({ between = [] }) => between.length);
    assert.equal(Math.max(...counts), 100);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1_000,
    );
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

  test("somebody else's Pod that uses an object is a step with the reason where people read the plan, and none in an order", async () => {
    const visitor = pod('visitor', { account: 'agent' });
    const found = await surveyed([agent, visitor], [agent]);
    assert.deepEqual(
      planOfSurvey(found).steps.map((step) => step.id),
      [idOf(agent)],
    );
    const plan = planOfSurvey(found, [], { showUsers: true });
    const step = plan.steps.find((each) => each.id === idOf(visitor));
    assert.equal(step?.mode, 'await');
    assert.equal(step?.reason, 'uses ServiceAccount agents/agent (spec.serviceAccountName)');
    assert.ok(waits(plan, agent, visitor));
  });

  test('Pods that use nothing of ours, or have ended, are not awaited', async () => {
    const bystander = pod('bystander', { account: 'other' });
    const ended = job('ended', { account: 'agent' });
    const found = await surveyed([agent, account('other'), bystander, ended], [agent]);
    assert.deepEqual(found.users, []);
    assert.deepEqual(
      planOfSurvey(found, [], { showUsers: true }).steps.map((step) => step.id),
      [idOf(agent)],
    );
  });

  test('a Pod that only a group binding covers is not awaited', async () => {
    const everybody = clusterRoleBinding('everybody');
    (everybody as { subjects?: unknown }).subjects = [{ kind: 'Group', name: 'system:serviceaccounts' }];
    const bystander = pod('bystander', { account: 'other' });
    const found = await surveyed([account('other'), everybody, bystander], [everybody]);
    assert.deepEqual(
      planOfSurvey(found, [], { showUsers: true }).steps.map((step) => step.mode),
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
