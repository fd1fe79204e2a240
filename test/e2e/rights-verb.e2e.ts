/**
 * An account that has exactly what `bookend rights` prints, on a real cluster: it installs, repairs, changes and tears
 * down what the verb was asked about, and without any one of a few rules it cannot.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { writeYaml } from '../../src/objects/yaml.ts';
import type { ClusterOperator } from '../../src/resource/cluster-operator.ts';
import { accountOf, granted } from '../../tools/lab/access.ts';
import { bookend, printedBy } from '../../tools/lab/command-line.ts';
import type { Lab } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { access, clusterOperator, configMap, inOne, workloadOf } from './objects.ts';
import {
  bringUp,
  conditionOf,
  deleteResource,
  eventsOf,
  put,
  takeDown,
  untilGone,
  untilReady,
  untilResource,
  untilStalled,
  useTestBed,
} from './support.ts';

const rbac = 'rbac.authorization.k8s.io';
const name = 'e2e-least';
const group = 'e2e-least.bookend.dev';
const gadget = { apiVersion: `${group}/v1`, kind: 'Gadget' } as const;

describe('Least rights', () => {
  const bed = useTestBed('rights-verb');
  after(() =>
    bed.lab.run('kubectl', ['delete', 'clusterroles,clusterrolebindings', `bookend-rights-${name}`, '--ignore-not-found']),
  );

  test('are enough for the whole life: install, repair, change, custom resources of users, teardown with preStop hooks', async () => {
    const { cluster, lab, namespace } = bed;
    const resource = everything(namespace);
    await inFile(resource, async (file) => {
      // Custom resources may be made into any kind that this very cluster serves.
      const printed = rights(lab, '-f', file, '--live', '--instances-in', namespace);
      await inFile(printed, (roles) => lab.run('kubectl', ['apply', '-f', roles]));
      let last = '';
      const check = await until('the API server to know the rights', async () => {
        const args = ['rights', '--kubeconfig', lab.kubeconfig, '-f', file, '--instances-in', namespace, '--check'];
        const { status, stdout } = bookend(lab, args);
        last = stdout;
        return status === 0 ? stdout : undefined;
      }).catch((error: unknown) => assert.fail(`${String(error)}: ${last}`));
      assert.match(check, /has all \d+ permissions that it needs/);
    });
    await bringUp(bed, resource);

    // Somebody changes one object and deletes another.
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${name}-settings` };
    await cluster.patch(settings, { type: 'merge', value: { data: { colour: 'red' } } });
    await until('the ConfigMap to be as it was', async () => fieldOf(await cluster.get(settings)) === 'blue');
    // Not the ServiceAccount: tokens of running Pods end with it, and their preStop hooks would fail.
    const role = { apiVersion: `${rbac}/v1`, kind: 'Role', namespace, name };
    const before = await cluster.get(role);
    await cluster.delete(role);
    await until('the Role to be there again', async () => {
      const now = await cluster.get(role);
      return now !== undefined && now.metadata.uid !== before?.metadata.uid;
    });

    // Its author changes it.
    await bringUp(bed, everything(namespace, 'green'));
    await until('the ConfigMap to be changed', async () => fieldOf(await cluster.get(settings)) === 'green');

    // A user makes a custom resource, and something of it.
    await put(bed, { ...gadget, metadata: { name: 'of-a-user', namespace }, spec: {} });
    const owner = await cluster.get({ ...gadget, namespace, name: 'of-a-user' });
    const ownerReferences = [{ ...gadget, name: 'of-a-user', uid: owner?.metadata.uid ?? '' }];
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-made`, namespace, ownerReferences } });

    await takeDown(bed, name);
    const events = await eventsOf(bed, name);
    const isFinished = events.some(({ reason, message }) => reason === 'TeardownFinished' && !/failed|left/.test(message));
    assert.ok(isFinished, JSON.stringify(events));
    const bad = events.filter(({ reason = '' }) => ['Blocked', 'Refused', 'PreStopHookFailed'].includes(reason));
    assert.deepEqual(bad, []);
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace });
    const left = items.map(({ metadata }) => metadata.name).filter((each) => each.startsWith(name));
    assert.deepEqual(left, []);
  });

  test('without one rule it stops, and the message names the right and the command that prints all; granted, it goes on', async () => {
    const { cluster, lab, namespace } = bed;
    const resource = clusterOperator(
      name,
      namespace,
      inOne(configMap(`${name}-settings`), ...access(name, namespace), workloadOf(name, { stopSeconds: 0 })),
      { serviceAccountName: 'deployer' },
    );
    const role = { apiVersion: `${rbac}/v1`, kind: 'Role', namespace, name: `bookend-rights-${name}` };
    const roles = await inFile(resource, async (file) => {
      await inFile(rights(lab, '-f', file), (roles) => lab.run('kubectl', ['apply', '-f', roles]));
      return (await cluster.get(role)) as KubernetesObject & { rules: Rule[] };
    });
    const without = (verb: string, plural: string) =>
      cluster.patch(role, { type: 'merge', value: { rules: roles.rules.flatMap((rule) => withoutRight(rule, verb, plural)) } });
    const everyRule = () => cluster.patch(role, { type: 'merge', value: { rules: roles.rules } });
    const command = `"bookend rights clusteroperators.bookend.dev/${name}" prints all the permissions that it needs`;

    await without('create', 'daemonsets');
    await put(bed, resource);
    const refused = await untilStalled(bed, name, /cannot create resource "daemonsets"/);
    const message = conditionOf(refused, 'Stalled')?.message ?? '';
    assert.ok(message.includes(command), message);
    await everyRule();
    await untilReady(bed, name);

    await without('delete', 'daemonsets');
    await deleteResource(bed, name);
    const blocked = await untilResource(
      bed,
      name,
      'misses a right',
      ({ status }) => /cannot delete resource "daemonsets"/.test(status?.blocker ?? '') && status,
    );
    const blocker = blocked.status?.blocker ?? '';
    assert.ok(blocker.includes(command), blocker);
    const live = rights(lab, `clusteroperators.bookend.dev/${name}`);
    await inFile(live, (roles) => lab.run('kubectl', ['apply', '-f', roles]));
    await untilGone(bed, name);
  });
});

/** The verb as a person runs it. */
function rights(lab: Lab, ...args: string[]): string {
  return printedBy(lab, ['rights', '--kubeconfig', lab.kubeconfig, ...args]);
}

type Rule = { resources?: string[]; verbs: string[] };

/** The rule without this right; nothing where it gave nothing else. */
function withoutRight(rule: Rule, verb: string, plural: string): Rule[] {
  const { resources = [], verbs } = rule;
  if (!resources.includes(plural) || !verbs.includes(verb)) return [rule];
  const others = { ...rule, resources: resources.filter((each) => each !== plural) };
  const rest = { ...rule, resources: [plural], verbs: verbs.filter((each) => each !== verb) };
  return [others, rest].filter((each) => each.resources.length > 0 && each.verbs.length > 0);
}

function everything(namespace: string, colour = 'blue'): ClusterOperator {
  return clusterOperator(
    name,
    namespace,
    [
      { name: 'access', objects: [...access(name, namespace), ...clusterAccess(namespace)] },
      {
        name: 'agent',
        dependsOn: ['access'],
        objects: [configMap(`${name}-settings`, { colour }), workloadOf(name, { settings: `${name}-settings` })],
      },
      { name: 'gadgets', objects: [definition, { ...gadget, metadata: { name: 'ours' }, spec: {} }] },
    ],
    { serviceAccountName: 'deployer' },
  );
}

/** A ClusterRole, which the acting account may only make if it has the same rights. */
function clusterAccess(namespace: string): KubernetesObject[] {
  const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }];
  return granted('ClusterRole', { name }, rules, accountOf(name, namespace));
}

const definition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `gadgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget', listKind: 'GadgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

function fieldOf(object: KubernetesObject | undefined): string | undefined {
  return (object?.data as { colour?: string } | undefined)?.colour;
}

/** Calls `work` with the path of a file that has this in it. */
async function inFile<T>(content: object | string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bookend-rights-'));
  try {
    const file = join(folder, 'content.yaml');
    await writeFile(file, typeof content === 'string' ? content : writeYaml([content]));
    return await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
