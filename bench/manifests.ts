/** The same objects for every tool. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../src/objects/object.ts';

/** @returns the file, in the directory */
export function manifestFile(directory: string, objects: readonly KubernetesObject[]): string {
  const file = join(directory, 'objects.yaml');
  writeFileSync(file, documents(objects));
  return file;
}

/** @returns the directory of the chart, in the directory */
export function chartDirectory(directory: string, name: string, objects: readonly KubernetesObject[]): string {
  const chart = join(directory, 'charts', name);
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`);
  writeFileSync(join(chart, 'templates', 'all.yaml'), documents(objects));
  return chart;
}

/** JSON documents are YAML that every tool reads. */
function documents(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
}
