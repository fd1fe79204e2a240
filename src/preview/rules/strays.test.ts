import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { surroundingsOf } from '../../reading/surroundings.ts';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { deployment, documents, widgetCrd, workload } from './examples.ts';

const key = 'keys.example.com/sealing-key';

/** An operator whose program has a name that many have, and defines Widgets of example.com. */
const operator = chart(documents(workload('Deployment', 'widgets', { container: 'command: [/controller]' }), deployment('web')), {
  crds: widgetCrd(),
});

const secret = (labels: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'sealing-key', namespace: 'shop', labels },
});

/** What a preview of the release says that stays; everything is read as the command line reads it. */
async function stays(fieldManager: string, labels: Record<string, string>) {
  let simulated: SimulatedCluster | undefined;
  const subject = await release(operator, async (given) => {
    simulated = given;
    await given.cluster.create(secret(labels), { fieldManager });
  });
  const given = [...subject.crds, ...subject.objects].map(({ object }) => object);
  const read = simulated as SimulatedCluster;
  const surroundings = await surroundingsOf(read.cluster, { given, namespace: 'shop', release: 'shop' });
  const { findings } = await preview({ ...subject, surroundings }, helm4, { beside: 'never' });
  return findings.filter(({ rule }) => rule === 'children-left');
}

describe('a Secret that a program of a common name made', () => {
  test('stays, where it has a key in an API group of the release', async () => {
    const [finding, ...others] = await stays('controller', { [key]: 'active' });
    assert.equal(others.length, 0);
    assert.equal(finding?.title, 'Secret shop/sealing-key stays after the program that created it is gone');
    assert.equal(finding?.severity, 'warning');
    assert.match(finding?.remedies[0]?.loses ?? '', /with the keys and passwords in it$/);
    assert.ok(finding?.evidence.some(({ field }) => field === `metadata.labels[${key}]`));
  });

  test('is nobody’s without such a key, and a person’s who wrote it with kubectl', async () => {
    assert.deepEqual(await stays('controller', { app: 'widgets' }), []);
    assert.deepEqual(await stays('kubectl-create', { [key]: 'active' }), []);
    assert.deepEqual(await stays('other', { [key]: 'active' }), []);
  });
});
