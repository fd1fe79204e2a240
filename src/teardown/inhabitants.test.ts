/** A Namespace that is to go while others have something in it. On the simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../errors.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { account, configMap, make, namespace, secret, widget, widgetDefinition, workload } from './testing/samples.ts';
import { type Run, takeDown } from './testing/take-down.ts';

const home = namespace();
const agent = workload('DaemonSet', 'agent', { account: 'agent', preStopMs: 1_000 });
const service = make('v1', 'Service', 'agent', { spec: { selector: { app: 'agent' }, ports: [{ port: 80 }] } });
const ours = [home, account('agent'), configMap('agent'), service, agent];

const isDeleted = ({ requests }: Run) => requests.some(({ verb, ref }) => verb === 'delete' && ref.kind === 'Namespace');

describe('a Namespace of a teardown', () => {
  test('goes when nothing is in it but what goes with it and what the cluster itself puts there', async () => {
    const run = await takeDown(ours, {
      others: [
        make('coordination.k8s.io/v1', 'Lease', 'agent-leader', { spec: {} }),
        make('v1', 'Endpoints', 'agent', { subsets: [] }),
        configMap('istio-ca-root-cert'),
        make('v1', 'Event', 'something', { involvedObject: { kind: 'Pod', name: 'x' }, reason: 'Something' }),
      ],
    });
    assert.ok(run.exists(configMap('kube-root-ca.crt')) && run.exists(account('default')));
    await run.finished();
    assert.equal(run.exists(home), false);
  });

  const theirs: [string, KubernetesObject][] = [
    ['a ConfigMap', configMap('theirs')],
    ['a Secret with the name of an old token', secret('default-token-x7k2p')],
    ['Endpoints that belong to no Service of ours', make('v1', 'Endpoints', 'theirs', { subsets: [] })],
    ['a ServiceAccount', account('theirs')],
    ['a ServiceAccount with the name of one of OpenShift', account('builder')],
    ['a workload with its Pods', workload('Deployment', 'theirs', { labels: { app: 'agent' } })],
  ];
  for (const [what, object] of theirs) {
    test(`stays when ${what} of others is in it, and names it`, async () => {
      const run = await takeDown(ours, { others: [object] });
      await run.finished();
      assert.equal(run.state(home)?.state, 'Kept');
      const { kind, metadata } = object;
      assert.match(run.blocker(home), /^Namespace agents is kept: (\d+) objects? of others (is|are) in it: /);
      assert.match(run.blocker(home), new RegExp(`${kind} agents/${metadata.name}`));
      assert.match(run.blocker(home), /kubectl delete namespace agents$/);
      assert.equal(isDeleted(run), false);
      assert.ok(run.exists(home) && run.exists(object));
      assert.ok(!ours.slice(1).some(run.exists), 'everything of ours is gone all the same');
    });
  }

  test('names the first few and counts the rest, beyond what is read too', async () => {
    const many = Array.from({ length: 250 }, (_, index) => configMap(`theirs-${String(index).padStart(3, '0')}`));
    const run = await takeDown([home], { others: many });
    await run.finished();
    assert.match(
      run.blocker(home),
      /more than 250 objects of others are in it: ConfigMap agents\/theirs-000, ConfigMap agents\/theirs-001, ConfigMap agents\/theirs-002 and more than 247 more\./,
    );
  });

  test('looks at custom resources of others too', async () => {
    const run = await takeDown([home], { others: [widgetDefinition(), widget('theirs')] });
    await run.finished();
    assert.match(run.blocker(home), /Widget agents\/theirs/);
    assert.ok(run.exists(widget('theirs')));
  });

  test('stays when a kind may not be listed: not looked at is not nothing', async () => {
    const run = await takeDown([home], {
      around: (cluster) => ({
        ...cluster,
        list: (query) =>
          query.kind === 'Secret' ? Promise.reject(new BookendError('forbidden', 'secrets is forbidden')) : cluster.list(query),
      }),
    });
    await run.finished();
    assert.equal(run.state(home)?.state, 'Kept');
    assert.match(run.blocker(home), /these kinds cannot be listed: secrets\. Grant list/);
    assert.equal(isDeleted(run), false);
  });

  test('waits for what is being deleted already', async () => {
    const slow = configMap('slow', { finalizers: ['example.dev/slow'] });
    const run = await takeDown([home], {
      others: [slow],
      policy: { timeoutMs: 20_000, onTimeout: 'Stop' },
    });
    await run.cluster.delete(refOf(slow));
    await run.settle(12_000);
    assert.equal(run.state(home)?.state, 'Deleting');
    assert.equal(run.blocker(home), 'Namespace agents: ConfigMap agents/slow in it goes first');
    await run.settle(15_000);
    assert.equal(run.state(home)?.state, 'Blocked');
    assert.equal(isDeleted(run), false);
    await run.cluster.patch(refOf(slow), { type: 'merge', value: { metadata: { finalizers: [] } } });
    await run.finished();
    assert.equal(run.exists(home), false);
  });

  test('goes when what was in it leaves a moment after the first look', async () => {
    const leaving = configMap('leaving');
    const run = await takeDown([home], { others: [leaving] });
    await run.until(() => /ConfigMap agents\/leaving is still in it/.test(run.blocker(home)));
    await run.cluster.delete(refOf(leaving));
    await run.finished();
    assert.equal(run.exists(home), false);
  });

  test('is looked at once more when somebody wrote it between the look and the deletion', async () => {
    let written = false;
    const run = await takeDown([home], {
      around: (cluster) => ({
        ...cluster,
        delete: async (ref, options) => {
          if (ref.kind === 'Namespace' && !written) {
            written = true;
            await cluster.patch(ref, { type: 'merge', value: { metadata: { annotations: { mine: 'now' } } } });
            await cluster.create(configMap('theirs'));
          }
          return cluster.delete(ref, options);
        },
      }),
    });
    await run.finished();
    assert.equal(run.state(home)?.state, 'Kept');
    assert.ok(run.exists(configMap('theirs')));
  });

  test('is looked at before each attempt, and not more often than it is attempted', async () => {
    let refused = 0;
    const run = await takeDown([home], {
      around: (cluster) => ({
        ...cluster,
        delete: (ref, options) => {
          if (ref.kind !== 'Namespace') return cluster.delete(ref, options);
          refused += 1;
          return Promise.reject(new BookendError('forbidden', 'denied the request'));
        },
      }),
    });
    run.clearRequests();
    await run.settle(60_000);
    const lists = run.requests.filter(({ verb, ref }) => verb === 'list' && ref.kind === 'Secret').length;
    assert.match(run.blocker(home), /denied the request/);
    assert.ok(refused >= 5 && refused <= 15, `${refused} attempts`);
    assert.ok(lists <= refused + 1, `${lists} looks for ${refused} attempts`);
    run.teardown.close();
  });

  test('is not deleted while an API does not answer: nobody knows what that has in there', async () => {
    let silent = true;
    const run = await takeDown([home], {
      around: (cluster) => ({
        ...cluster,
        kinds: async () => ({ ...(await cluster.kinds()), ...(silent && { missing: ['things.example.dev/v1'] }) }),
      }),
    });
    await run.settle(10_000);
    assert.match(run.blocker(home), /API group things\.example\.dev\/v1 does not answer/);
    assert.equal(isDeleted(run), false);
    silent = false;
    await run.finished();
    assert.equal(run.exists(home), false);
  });
});
