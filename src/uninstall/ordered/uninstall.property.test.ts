/** Random releases: whatever their shape, nothing goes before what needs it, and of others nothing goes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { account, configMap, custom, definition, roleWithBinding, workload } from '../../cli/testing/manifests.ts';
import { fieldAt, mapOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { hookJob, runUninstall, serveWidgets, space, type UninstallScenario } from './testing/whole-uninstall.ts';

const seed = Number(process.env.SEED ?? 1);
const runs = Number(process.env.RUNS ?? 25);

type Part = { kind: 'Deployment' | 'DaemonSet' | 'StatefulSet'; preStopMs: number; mounts: boolean; keepsSettings: boolean };
type Shape = { parts: Part[]; operator: boolean; own: number; theirs: number; take: 'delete' | 'keep'; hooks: boolean };

const shapes: fc.Arbitrary<Shape> = fc.record({
  parts: fc.array(
    fc.record({
      kind: fc.constantFrom('Deployment' as const, 'DaemonSet' as const, 'StatefulSet' as const),
      preStopMs: fc.constantFrom(0, 300, 1_500),
      mounts: fc.boolean(),
      keepsSettings: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  operator: fc.boolean(),
  own: fc.nat(2),
  theirs: fc.nat(2),
  take: fc.constantFrom('delete' as const, 'keep' as const),
  hooks: fc.boolean(),
});

/** The parts of the release, and who needs whom by its making. */
function scenarioOf({ parts, operator, own, theirs, take, hooks }: Shape): UninstallScenario {
  const chart: KubernetesObject[] = [];
  const order: [string, string][] = [];
  const stays: string[] = [];
  for (const [index, part] of parts.entries()) {
    const name = `part${index}`;
    const pods = `Pod/${space}/${name}`;
    const settings = configMap(space, `${name}-conf`);
    if (part.keepsSettings) settings.metadata.annotations = { 'helm.sh/resource-policy': 'keep' };
    chart.push(
      account(space, name),
      ...roleWithBinding(space, name, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]),
    );
    chart.push(settings, withSettings(part, name));
    for (const needed of ['ServiceAccount', 'RoleBinding.rbac.authorization.k8s.io', 'Role.rbac.authorization.k8s.io'])
      order.push([pods, `${needed}/${space}/${name}`]);
    if (part.mounts && !part.keepsSettings) order.push([pods, `ConfigMap/${space}/${name}-conf`]);
    if (part.keepsSettings) stays.push(`ConfigMap/${space}/${name}-conf`);
  }
  const widget = (name: string) => custom('Widget', name, space, ['example.com/clean']);
  if (operator) {
    const rules = [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['*'] }];
    chart.push(definition('Widget'), account(space, 'manager'), ...roleWithBinding(space, 'manager', rules));
    chart.push(workload('Deployment', space, 'manager', { serviceAccountName: 'manager' }));
    chart.push(...Array.from({ length: own }, (_, index) => widget(`own${index}`)));
    order.push([`Widget.example.com/${space}/own`, `Deployment.apps/${space}/manager`]);
    if (take === 'delete') order.push([`Widget.example.com/${space}/`, `Deployment.apps/${space}/manager`]);
  }
  if (hooks) chart.push(hookJob('before', 'pre-delete', 'hook-succeeded'), hookJob('after', 'post-delete', 'hook-succeeded'));
  const foreign = [
    configMap(space, 'theirs'),
    ...(operator ? Array.from({ length: theirs }, (_, index) => widget(`theirs${index}`)) : []),
  ];
  return {
    name: 'random',
    chart,
    foreign,
    order,
    stays,
    choices: { customResources: take },
    ...(operator && { beside: serveWidgets }),
    ...(hooks && { hooks: { before: ['before'], after: operator && theirs > 0 && take === 'keep' ? [] : ['after'] } }),
  };
}

function withSettings(part: Part, name: string): KubernetesObject {
  const object = workload(part.kind, space, name, {
    serviceAccountName: name,
    preStopMs: part.preStopMs,
    preStopNeeds: `get configmaps ${space}`,
  });
  if (!part.mounts) return object;
  const spec = mapOf(fieldAt(object.spec, 'template', 'spec'));
  spec.volumes = [{ name: 'settings', configMap: { name: `${name}-conf` } }];
  return object;
}

describe('random releases', () => {
  test('go in an order in which nothing loses what it needs, and take nothing of others along', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(1_000), async (shape, world) => {
        const scenario = scenarioOf(shape);
        const { end } = await runUninstall(scenario, world + 1);
        const left = end as string[];
        const wanted = new Set([...(scenario.stays ?? []), `ConfigMap/${space}/theirs`]);
        const operatorStays = shape.operator && shape.theirs > 0 && shape.take === 'keep';
        const surplus = left.filter((id) => !wanted.has(id) && !(operatorStays && /manager|Widget|widgets/.test(id)));
        assert.deepEqual(surplus, []);
        for (const id of wanted) assert.ok(left.includes(id), `${id} stays`);
        if (operatorStays) assert.ok(left.includes(`Deployment.apps/${space}/manager`), 'custom resources keep their operator');
      }),
      { numRuns: runs, seed },
    );
  });
});
