/**
 * The life of the certificates on a simulated cluster: months pass, replicas come and go, and what is served is
 * always what is trusted.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Impersonation } from '../../cluster/port.ts';
import { makeSimulatedCluster, type SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { Log } from '../../log.ts';
import { fieldAt, mapOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { trustedBy } from './bundle.ts';
import type { Credentials } from './issue.ts';
import { CertificateKeeper } from './keeper.ts';

const day = 86_400_000;
const minute = 60_000;
const ref = { namespace: 'bookend-system', name: 'bookend-webhook' };
const secretRef = { apiVersion: 'v1', kind: 'Secret', ...ref };
const configurationRef = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', name: ref.name };

describe('The keeper of the certificates', () => {
  test('fills an empty Secret, has the API server trust it, and serves', async () => {
    const simulated = await prepared();
    const keeper = start(simulated);
    await simulated.settle(1_000);
    assert.equal(keeper.served.length, 1);
    assert.ok(keeper.trusted);
    assert.deepEqual(await authorities(simulated), [keeper.now().authority]);
  });

  test('touches nothing but its data and the caBundles', async () => {
    const simulated = await prepared();
    start(simulated);
    await simulated.settle(1_000);
    const { webhooks } = await configuration(simulated);
    const without = (webhooks as Record<string, unknown>[]).map((webhook) => {
      const { caBundle: _, ...clientConfig } = mapOf(webhook.clientConfig);
      return { ...webhook, clientConfig };
    });
    assert.deepEqual(without, webhooksOfChart);
  });

  test('lets two replicas that start at the same time agree on one certificate', async () => {
    const simulated = await prepared();
    const [one, other] = [start(simulated), start(simulated)];
    await simulated.settle(5_000);
    assert.equal(one.now().certificate, other.now().certificate);
    assert.ok(one.trusted && other.trusted);
  });

  test('has a replica that starts later serve what is there', async () => {
    const simulated = await prepared();
    const one = start(simulated);
    await simulated.settle(5_000);
    const writes = writesOf(simulated);
    const other = start(simulated);
    await simulated.settle(1_000);
    assert.equal(other.now().certificate, one.now().certificate);
    assert.equal(writesOf(simulated), writes, 'nothing was written');
  });

  test('renews after 60 days: trusted first, served ten minutes later, and the old one trusted to its end', async () => {
    const simulated = await prepared();
    const [one, other] = [start(simulated), start(simulated)];
    await simulated.settle(5_000);
    const old = one.now();
    await simulated.settle(59 * day);
    assert.equal(one.served.length, 1, 'nothing happens before');
    await simulated.settle(day + 7 * 60 * minute);
    await until(simulated, () => one.served.length === 2 && other.served.length === 2);
    assert.equal(one.now().certificate, other.now().certificate);
    assert.deepEqual(await authorities(simulated), [one.now().authority, old.authority].sort());
    assert.ok((one.servedAt[1] ?? 0) - (one.trustedAt.get(one.now().authority) ?? 0) > 10 * minute - 1_000);
    await simulated.settle(31 * day);
    assert.deepEqual(await authorities(simulated), [one.now().authority]);
  });

  test('never serves what is not trusted, through a year with replicas that come and go', async () => {
    const simulated = await prepared();
    let running = [start(simulated), start(simulated)];
    await simulated.settle(5_000);
    const seen = new Set<string>();
    for (let hours = 0; hours < 365 * 24; hours += 25) {
      await simulated.settle(25 * 60 * minute);
      const trusted = await authorities(simulated);
      for (const keeper of running) {
        assert.ok(trusted.includes(keeper.now().authority), `after ${hours} hours`);
        seen.add(keeper.now().authority);
      }
      if (hours % 125 === 0) {
        running[0]?.close();
        running = [...running.slice(1), start(simulated)];
        await simulated.settle(1_000);
      }
    }
    assert.equal(seen.size, 7, 'six renewals a year');
  });

  test('makes a new one when it was away until the old one had expired', async () => {
    const simulated = await prepared();
    const one = start(simulated);
    await simulated.settle(1_000);
    one.close();
    await simulated.settle(100 * day);
    const later = start(simulated);
    await simulated.settle(2_000);
    assert.notEqual(later.now().authority, one.now().authority);
    assert.deepEqual(await authorities(simulated), [later.now().authority]);
  });

  test('makes a new one at once when somebody empties the Secret, and trusts the old one no more', async () => {
    const simulated = await prepared();
    const keeper = start(simulated);
    await simulated.settle(1_000);
    await simulated.cluster.patch(secretRef, { type: 'merge', value: { data: null } });
    await simulated.settle(2_000);
    assert.equal(keeper.served.length, 2);
    assert.deepEqual(await authorities(simulated), [keeper.now().authority]);
  });

  test('makes the Secret again when somebody deletes it: at first it serves on, and one that starts has a certificate as well', async () => {
    const simulated = await prepared();
    const keeper = start(simulated);
    await simulated.settle(1_000);
    const before = keeper.now();
    await simulated.cluster.delete(secretRef);
    await simulated.settle(5_000);
    assert.equal(await simulated.cluster.get(secretRef), undefined, 'an uninstall deletes it too');
    assert.equal(keeper.now(), before);
    await simulated.settle(20_000);
    const later = start(simulated);
    await simulated.settle(1_000);
    assert.deepEqual(await authorities(simulated), [later.now().authority]);
    assert.equal(keeper.now().certificate, later.now().certificate);
  });

  test('mends itself when the Secret was deleted while nobody ran, with no right to create any other', async () => {
    const simulated = await prepared();
    const first = start(simulated);
    await simulated.settle(1_000);
    first.close();
    await simulated.cluster.delete(secretRef);
    await simulated.settle(60_000);
    await grant(simulated);
    const restarted = start(simulated, { user: 'operator' });
    await simulated.settle(30_000);
    assert.ok(restarted.trusted, restarted.said.join('\n'));
    assert.notEqual(restarted.now().authority, first.now().authority);
    const other = { ...secretOfChart, metadata: { ...ref, name: 'other' } };
    const operator = simulated.cluster.as({ user: 'operator' });
    await assert.rejects(operator.create(other), { code: 'forbidden' });
    await assert.rejects(operator.apply(other, { fieldManager: 'bookend' }), { code: 'forbidden' });
  });

  test('makes nothing again once it ends, or when nobody asks any more: an uninstall leaves nothing behind', async () => {
    const simulated = await prepared();
    const ending = start(simulated);
    await simulated.settle(1_000);
    ending.end();
    await simulated.cluster.delete(secretRef);
    await simulated.settle(5 * minute);
    assert.equal(await simulated.cluster.get(secretRef), undefined);
    ending.close();
    await simulated.cluster.delete(configurationRef);
    start(simulated);
    await simulated.settle(5 * minute);
    assert.equal(await simulated.cluster.get(secretRef), undefined);
  });

  test('puts the trust back that an upgrade by replacement took away', async () => {
    const simulated = await prepared();
    const keeper = start(simulated);
    await simulated.settle(1_000);
    await simulated.cluster.patch(configurationRef, { type: 'merge', value: { webhooks: webhooksOfChart } });
    await simulated.settle(1_000);
    assert.deepEqual(await authorities(simulated), [keeper.now().authority]);
    assert.equal(keeper.served.length, 1);
  });

  test('waits for the configuration and the Secret, and says what is missing', async () => {
    const simulated = makeSimulatedCluster();
    await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ref.namespace } });
    const keeper = start(simulated);
    await simulated.settle(5_000);
    assert.ok(keeper.said.some((line) => line.includes('there is no Secret bookend-system/bookend-webhook. Run helm upgrade')));
    assert.ok(keeper.failures > 0);
    await simulated.cluster.create({ ...secretOfChart });
    await simulated.settle(35_000);
    assert.equal(keeper.served.length, 1);
    assert.ok(!keeper.trusted && !keeper.configured);
    await simulated.cluster.create({ ...configurationOfChart });
    await simulated.settle(1_000);
    assert.ok(keeper.trusted && keeper.configured);
  });

  test('knows when the configuration is gone: nobody asks any more', async () => {
    const simulated = await prepared();
    const keeper = start(simulated);
    await simulated.settle(1_000);
    await simulated.cluster.delete(configurationRef);
    await simulated.settle(1_000);
    assert.ok(!keeper.configured && keeper.trusted);
  });

  test('goes on serving while the API server refuses everything, and tries again with growing waits', async () => {
    const simulated = await prepared();
    const keeper = start(simulated);
    await simulated.settle(1_000);
    await simulated.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: ref.namespace });
    await simulated.settle(60 * minute);
    assert.equal(keeper.served.length, 1);
    assert.ok(keeper.failures > 3 && keeper.failures < 140, `${keeper.failures} tries in an hour`);
  });

  test('does not fight with whatever undoes its writes', async () => {
    const simulated = await prepared();
    const opponent = simulated.cluster.watch(configurationRef, {
      replace: () => {},
      changed: (object) => {
        if (!trustedBy(object)?.size) return;
        simulated.cluster.patch(configurationRef, { type: 'merge', value: { webhooks: webhooksOfChart } }).catch(() => {});
      },
      removed: () => {},
    });
    start(simulated);
    await simulated.settle(2_000);
    const writes = writesOf(simulated);
    await simulated.settle(10 * minute);
    opponent.close();
    assert.ok(writesOf(simulated) - writes < 300, `${writesOf(simulated) - writes} writes in ten minutes`);
  });
});

const webhooksOfChart = ['share.bookend.dev', 'second.bookend.dev'].map((name) => ({
  name,
  clientConfig: { service: { name: ref.name, namespace: ref.namespace, path: '/share', port: 443 } },
  failurePolicy: 'Fail',
}));
const secretOfChart = { apiVersion: 'v1', kind: 'Secret', metadata: ref };
const configurationOfChart: KubernetesObject = {
  apiVersion: configurationRef.apiVersion,
  kind: configurationRef.kind,
  metadata: { name: ref.name },
  webhooks: webhooksOfChart,
};

/** The rights that the chart gives: see `charts/bookend/templates/access.yaml`. */
async function grant(simulated: SimulatedCluster): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const roles = [
    { kind: 'Role', metadata: { name: 'operator', namespace: ref.namespace }, group: '', resource: 'secrets', more: ['create'] },
    {
      kind: 'ClusterRole',
      metadata: { name: 'operator' },
      group: 'admissionregistration.k8s.io',
      resource: 'mutatingwebhookconfigurations',
    },
  ];
  for (const { kind, metadata, group, resource, more = [] } of roles) {
    const verbs = ['get', 'list', 'watch', 'patch', ...more];
    const rules = [{ apiGroups: [group], resources: [resource], resourceNames: [ref.name], verbs }];
    await simulated.cluster.create({ apiVersion, kind, metadata, rules });
    await simulated.cluster.create({
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'operator' }],
    });
  }
}

async function prepared(): Promise<SimulatedCluster> {
  const simulated = makeSimulatedCluster();
  await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ref.namespace } });
  await simulated.cluster.create({ ...secretOfChart });
  await simulated.cluster.create({ ...configurationOfChart });
  await simulated.settle(1_000);
  return simulated;
}

function start(simulated: SimulatedCluster, identity?: Impersonation) {
  const { cluster: connected, clock } = simulated.connect();
  const cluster = identity ? connected.as(identity) : connected;
  const served: Credentials[] = [];
  const servedAt: number[] = [];
  const trustedAt = new Map<string, number>();
  const said: string[] = [];
  let failures = 0;
  const say = (fields: object) => void said.push(JSON.stringify(fields));
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const keeper = new CertificateKeeper({
    cluster,
    clock,
    log,
    secret: ref,
    configuration: ref.name,
    names: [`${ref.name}.${ref.namespace}.svc`],
    onCredentials: (credentials) => {
      served.push(credentials);
      servedAt.push(clock.now());
    },
    onFailure: () => {
      failures += 1;
    },
  });
  simulated.cluster.watch(configurationRef, {
    replace: () => {},
    changed: (object) => {
      for (const authority of trustedBy(object) ?? []) if (!trustedAt.has(authority)) trustedAt.set(authority, clock.now());
    },
    removed: () => {},
  });
  return {
    served,
    servedAt,
    trustedAt,
    said,
    get failures() {
      return failures;
    },
    get trusted() {
      return keeper.trusted;
    },
    get configured() {
      return keeper.configured;
    },
    now(): Credentials {
      const last = served.at(-1);
      assert.ok(last, 'it serves');
      return last;
    },
    end: () => keeper.end(),
    close: () => keeper.close(),
  };
}

async function configuration(simulated: SimulatedCluster): Promise<KubernetesObject> {
  const found = await simulated.cluster.get(configurationRef);
  assert.ok(found);
  assert.ok(fieldAt(found, 'webhooks'));
  return found;
}

async function authorities(simulated: SimulatedCluster): Promise<string[]> {
  return [...(trustedBy(await configuration(simulated)) ?? [])].sort();
}

function writesOf({ requests }: SimulatedCluster): number {
  return requests.filter(({ verb }) => verb === 'patch').length;
}

async function until(simulated: SimulatedCluster, condition: () => boolean): Promise<void> {
  await simulated.until(condition, day);
}
