/** Custom resources of a definition whose conversion webhook is dead, on the simulated cluster. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml } from '../../objects/yaml.ts';
import { allOf, type Why } from '../../why/blocker.ts';
import { commandsIn } from '../../why/testing/flat.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';

const manifests = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: racks.example.org}
spec:
  group: example.org
  names: {kind: Rack, plural: racks, singular: rack, listKind: RackList}
  scope: Namespaced
  conversion:
    strategy: Webhook
    webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: gone, namespace: default, path: /convert}}}
  versions:
    - {name: v1, served: true, storage: STORED1, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
    - {name: v2, served: true, storage: STORED2, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
apiVersion: example.org/STORED
kind: Rack
metadata: {name: r1, namespace: default, finalizers: [example.org/hold]}
`;

async function stage(stored: 'v1' | 'v2') {
  const terminal = simulatedTerminal();
  const { cluster, settle } = terminal.simulated;
  const text = manifests
    .replace('STORED1', String(stored === 'v1'))
    .replace('STORED2', String(stored === 'v2'))
    .replace('STORED', stored);
  for (const { object } of readYaml(text, 'racks.yaml')) {
    await cluster.create(object);
    await settle(1_000);
  }
  return terminal;
}

for (const stored of ['v1', 'v2'] as const) {
  test(`the custom resources are read at their storage version ${stored}, named, and can be let go`, async () => {
    const { simulated, run } = await stage(stored);
    await simulated.cluster.delete({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'racks.example.org',
    });
    await simulated.settle(2_000);
    for (const name of ['crd/racks.example.org', 'racks/r1']) {
      const { out, err } = await run(['why', name, '-n', 'default', '-o', 'json']);
      assert.ok(out, err);
      const answer = JSON.parse(out) as Why;
      assert.deepEqual(answer.notSeen, []);
      const blockers = allOf(answer.blockers);
      const dead = blockers.filter(({ says }) => says.startsWith('the conversion webhook of'));
      assert.equal(dead.length, 1, 'although the definition and its custom resource both wait for it');
      assert.ok(
        blockers.some(({ says }) => /finalizer example\.org\/hold on Rack default\/r1/.test(says)),
        blockers.map(({ says }) => says).join('\n'),
      );
      // kubectl takes v2, which nobody converts to where v1 is stored.
      const resource = stored === 'v1' ? 'racks.v1.example.org' : 'racks.example.org';
      const commands = commandsIn(answer.blockers);
      assert.ok(
        commands.some((command) => command.startsWith(`kubectl patch ${resource}/r1 -n default `)),
        commands.join('\n'),
      );
    }
  });

  test(`bookend delete takes them down at their storage version ${stored}`, async () => {
    const { simulated, run } = await stage(stored);
    const going = run(['delete', 'racks', '--all', '-n', 'default', '--timeout', '5s']);
    await simulated.settle(10_000);
    const { err } = await going;
    assert.match(err, /finalizer example\.org\/hold on Rack default\/r1/);
  });
}
