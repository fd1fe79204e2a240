/** A situation's objects as a chart on disk, or as one file of manifests. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';

/** @returns the chart's directory; a template for each object */
export function writeChart(name: string, objects: readonly KubernetesObject[], crds: readonly KubernetesObject[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-corpus-'));
  mkdirSync(join(directory, 'templates'));
  mkdirSync(join(directory, 'crds'));
  writeFileSync(join(directory, 'Chart.yaml'), stringify({ apiVersion: 'v2', name, version: '1.0.0' }));
  for (const [folder, list] of Object.entries({ templates: objects, crds }))
    for (const [index, object] of list.entries())
      writeFileSync(join(directory, folder, fileOf(object, index)), stringify(object));
  return directory;
}

export function writeManifests(objects: readonly KubernetesObject[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'bookend-corpus-')), 'manifests.yaml');
  writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
  return file;
}

function fileOf({ kind, metadata }: KubernetesObject, index: number): string {
  return `${String(index).padStart(2, '0')}-${kind}-${metadata.name}.yaml`.toLowerCase();
}
