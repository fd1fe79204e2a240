/** The example charts: that they install from a clone as it is, and that both show the same agent. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { clusterOperatorSchema } from '../../src/resource/cluster-operator.ts';
import { at, chartPath, helms, kubeVersion, theOnly, useCharts } from './helm.ts';

const naive = 'examples/node-agent/naive';
const ordered = 'examples/node-agent/bookend';

describe('The example charts', () => {
  const charts = useCharts();

  for (const helm of helms) {
    for (const chart of [naive, ordered, 'examples/own-operator']) {
      test(`${chart} passes ${helm} lint without a network`, async () => {
        await charts.lab.run(helm, ['lint', '--strict', chartPath(chart), ...kubeVersion]);
      });
    }
  }

  test('the agent of both is the same: image, arguments and preStop hook', async () => {
    const source = readFileSync(chartPath('examples/node-agent/image/operator.mjs'), 'utf8');
    const container = at(daemonSetIn(await charts.render(ordered)), 'spec.template.spec.containers.0');
    assert.equal(at(container, 'image'), imageIn(theOnly(await charts.render(naive), 'Deployment')));
    for (const argument of [...strings(at(container, 'args')), ...strings(at(container, 'lifecycle.preStop.exec.command'))]) {
      assert.ok(source.includes(`'${argument}'`), argument);
    }
  });

  test('the agent may do one thing in both: change nodes', async () => {
    const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['patch'] }];
    assert.deepEqual(theOnly(await charts.render(naive), 'ClusterRole').rules, rules);
    const operator = theOnly(await charts.render(ordered), 'ClusterOperator');
    assert.deepEqual(at(operator, 'spec.components.0.objects.1.rules'), rules);
  });

  test('every ClusterOperator in them is valid', async () => {
    const first = parseAllDocuments(readFileSync(chartPath('examples/first/clusteroperator.yaml'), 'utf8')).map((each) =>
      each.toJS(),
    );
    for (const operator of [...first, theOnly(await charts.render(ordered), 'ClusterOperator')])
      clusterOperatorSchema.parse(operator);
  });

  test('the first ClusterOperator has 15 lines', () => {
    const text = readFileSync(chartPath('examples/first/clusteroperator.yaml'), 'utf8');
    assert.equal(text.trimEnd().split('\n').length, 15);
  });
});

function daemonSetIn(objects: readonly KubernetesObject[]): unknown {
  return at(theOnly(objects, 'ClusterOperator'), 'spec.components.1.objects.0');
}

function imageIn(deployment: KubernetesObject): unknown {
  return at(deployment, 'spec.template.spec.containers.0.image');
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
