/**
 * The controller at the end of a chain may be of another group, in a namespace that the object has nothing to do with.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYaml } from '../../objects/yaml.ts';
import { commandsIn, saidIn } from '../../why/testing/flat.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { controller, crd, place } from './reports/report.ts';
import { whySchema } from './schema.ts';

const manifests = `${crd('fleet.example.com', 'Fleet', 'fleets')}
${crd('disks.example.org', 'Disk', 'disks')}
${place('shop', 'stays')}
${place('fleet-system', 'stays')}
${place('disk-system', 'stays')}
${controller('fleet-system', 'fleet-manager', 'fleet.example.com')}
${controller('disk-system', 'disk-manager', 'disks.example.org', { replicas: 0 })}
---
apiVersion: fleet.example.com/v1
kind: Fleet
metadata: {name: main, namespace: shop, uid: fleet, DELETED, finalizers: [fleet.example.com/members]}
status: {conditions: [{type: Deleting, status: "True", message: Waiting for Disk d1 to be deleted}]}
---
apiVersion: disks.example.org/v1
kind: Disk
metadata: {name: d1, namespace: shop, uid: disk, DELETED, finalizers: [disks.example.org/wipe]}`;

test('bookend why finds the controller of what an object waits for, wherever it runs', async () => {
  const text = manifests.replaceAll(/\bDELETED\b/g, 'deletionTimestamp: "2026-11-21T23:40:00Z"');
  const terminal = simulatedTerminal({ nodes: ['n1'] });
  terminal.simulated.adopt(
    readYaml(text, 'fleet.yaml').map(({ object }) => ({
      ...object,
      metadata: { uid: `${object.kind}-${object.metadata.name}`, ...object.metadata },
    })),
  );
  const { out, err } = await terminal.run(['why', 'fleets/main', '-n', 'shop', '-o', 'json']);
  assert.ok(out, err);
  const { blockers } = whySchema.parse(JSON.parse(out));
  assert.match(
    saidIn(blockers).join('\n'),
    /finalizer disks\.example\.org\/wipe on Disk shop\/d1: its controller .* Deployment disk-system\/disk-manager has no running Pod: it is scaled to 0/,
  );
  assert.ok(commandsIn(blockers).includes('kubectl scale deployments.apps/disk-manager -n disk-system --replicas=1'));
});
