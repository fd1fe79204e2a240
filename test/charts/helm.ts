/** Charts as Helm sees them: what a chart renders to as plain objects, or the words with which Helm refuses it. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type HelmVersion, type Lab, root } from '../../tools/lab/lab.ts';
import { useLab } from '../use-lab.ts';

/** Everything in these tests holds for both. */
export const helms: readonly HelmVersion[] = ['helm4', 'helm3'];

export type Charts = {
  readonly lab: Lab;
  /** The objects of `helm template`, hooks among them. */
  render(chart: string, values?: object, options?: RenderOptions): Promise<KubernetesObject[]>;
  /** What Helm says when it refuses the values; fails when it takes them. */
  refusal(chart: string, values: object, helm?: HelmVersion): Promise<string>;
};

type RenderOptions = { helm?: HelmVersion; release?: string; namespace?: string };

/** Opens the cluster, whose programs include both Helms, for the tests of a file. Call it inside of `describe`. */
export function useCharts(): Charts {
  const lab = useLab();
  return {
    get lab() {
      return lab();
    },
    async render(chart, values = {}, options = {}) {
      const { stdout } = await lab().run(options.helm ?? 'helm4', template(chart, values, options));
      return objectsIn(stdout);
    },
    async refusal(chart, values, helm = 'helm4') {
      const { code, stdout, stderr } = await lab().attempt(helm, template(chart, values, {}));
      assert.notEqual(code, 0, `Helm takes the values:\n${stdout.slice(0, 500)}`);
      return stderr;
    },
  };
}

/** The path of a chart of this repository. */
export function chartPath(chart: string): string {
  return join(root, chart);
}

/** The only object of a kind, or the one of this name. */
export function theOnly(objects: readonly KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  const [object] = found;
  assert.ok(object && found.length === 1, `one ${kind} ${name ?? ''} expected, not ${found.length}`);
  return object;
}

/** The value at a path, through maps and lists: `at(job, 'spec.template.spec.containers.0.args')`. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner: unknown, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** The arguments of the first container of a Deployment or Job. */
export function argsOf(workload: KubernetesObject): string[] {
  return at(workload, 'spec.template.spec.containers.0.args') as string[];
}

/** A file with these values, for `--values`. */
export function valuesFile(values: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'bookend-values-')), 'values.yaml');
  writeFileSync(file, stringify(values));
  return file;
}

/**
 * Helm built from its source takes a cluster of long ago for granted when it speaks to none; the charts need a recent
 * one.
 */
export const kubeVersion = ['--kube-version', '1.37.0'];

function template(chart: string, values: object, { release = 'try', namespace = 'here' }: RenderOptions): string[] {
  return ['template', release, chartPath(chart), '--namespace', namespace, '--values', valuesFile(values), ...kubeVersion];
}

export function objectsIn(text: string): KubernetesObject[] {
  const documents = parseAllDocuments(text);
  return documents.map((document) => document.toJS() as KubernetesObject | null).filter((object) => object !== null);
}
