import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError, isCode } from '../errors.ts';
import { directivesOn } from '../objects/directives.ts';
import { idOf, refOf } from '../objects/identity.ts';
import { controllerAnnotation, dependsOnAnnotation, helmResourcePolicyAnnotation, keepAnnotation } from '../objects/names.ts';
import { survey } from './survey.ts';
import { account, namespace, pod, widget, widgetDefinition, workload } from './testing/samples.ts';
import { madeBy, surveyed } from './testing/surveyed.ts';

const agent = account('agent');
const one = widget('one');
const crd = widgetDefinition();
const refusal = new BookendError('forbidden', 'secrets is forbidden');

describe('the survey', () => {
  test('finds the custom resources of a CustomResourceDefinition, and their children down to the Pods', async () => {
    const child = madeBy(one, workload('DaemonSet', 'child', { account: 'agent' }));
    const found = await surveyed([crd, agent, one, child], [crd, agent]);
    assert.deepEqual(found.objects.map(idOf), [idOf(crd), idOf(agent), idOf(one)]);
    const kinds = (found.children.get(idOf(one)) ?? []).map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, ['ControllerRevision', 'DaemonSet', 'Pod']);
    assert.deepEqual(found.strangers, []);
    assert.deepEqual([...found.childByUid.values()], [idOf(one), idOf(one), idOf(one)]);
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

  test('takes no Pod without an owner for a child, and none of the annotations of what it finds by itself', async () => {
    const annotations = {
      [keepAnnotation]: 'true',
      [helmResourcePolicyAnnotation]: 'keep',
      [dependsOnAnnotation]: 'ServiceAccount/agent',
      [controllerAnnotation]: 'Deployment.apps/nobody',
      'example.dev/theirs': 'stays',
    };
    const child = madeBy(one, workload('DaemonSet', 'child', {}, { annotations }));
    const forged = pod('forged', { labels: { app: 'agent' } }, { annotations });
    const marked = widget('marked', { annotations });
    const daemonSet = workload('Deployment', 'agent');
    const found = await surveyed([crd, agent, one, child, marked, daemonSet, forged], [crd, agent, daemonSet]);
    assert.equal([...found.children.values()].flat().map(idOf).includes(idOf(forged)), false);
    const resource = found.objects.find((object) => idOf(object) === idOf(marked));
    const made = found.children.get(idOf(one))?.find((object) => object.kind === 'DaemonSet');
    assert.equal(made?.metadata.annotations?.['example.dev/theirs'], 'stays');
    for (const object of [resource, made]) {
      assert.deepEqual(object && directivesOn(object), []);
    }
  });

  test('looks for what is left of objects that an earlier plan knew and that are gone', async () => {
    const { cluster, settle } = makeSimulatedCluster();
    await cluster.create(namespace());
    const made = await cluster.create(workload('DaemonSet', 'web', { preStopMs: 60_000, graceSeconds: 120 }));
    await settle();
    await cluster.delete(refOf(made), { propagation: 'Background' });
    await settle();
    const found = await survey(cluster, [], [{ ref: refOf(made) }]);
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
