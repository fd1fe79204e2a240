/** Manifests with their text, and the workloads in them: whole documents, items of Lists, and objects of a ClusterOperator's components. */
import { isCollection, isNode, LineCounter } from 'yaml';
import { fieldAt, isMap, listOf, textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { readManifest } from '../../objects/read-manifest.ts';
import { readYamlNodes, type YamlDocument } from '../../objects/yaml.ts';
import type { Candidate } from '../../share/workloads.ts';
import { isClusterOperator } from '../delete/reported-teardown.ts';
import type { ManifestText } from '../reading/read-manifests.ts';
import type { Path } from './value-at.ts';

export type Manifest = ManifestText & { documents: YamlDocument[] };

export type Found = Candidate & {
  manifest: Manifest;
  /** Index of the document in its manifest. */
  document: number;
  /** Where the object stands in its document. */
  path: Path;
};

/** @throws BookendError `bad-input`, naming file and line */
export function manifestOf(text: ManifestText): Manifest {
  return { ...text, documents: readManifest(text.text, text.file) };
}

/** Every object that may be a workload, in the order of the text. */
export function objectsIn(manifest: Manifest): Found[] {
  return manifest.documents.flatMap(({ object }, document) =>
    within(object, []).map((each) => ({ ...each, place: written(each.path), manifest, document })),
  );
}

/** For messages: `deploy.yaml:12`. */
export function whereabouts({ manifest, document, path }: Found): string {
  const line = manifest.documents[document]?.line ?? 1;
  if (path.length === 0) return `${manifest.file}:${line}`;
  const lines = new LineCounter();
  for (const { index } of manifest.text.matchAll(/^/gm)) lines.addNewLine(index);
  const contents = readYamlNodes(manifest.text)[document]?.contents;
  const node = isCollection(contents) ? contents.getIn(path, true) : undefined;
  const start = isNode(node) ? node.range?.[0] : undefined;
  return `${manifest.file}:${start === undefined ? line : lines.linePos(start).line}`;
}

/** As `kubectl explain` writes it: `spec.components[0].objects[1]`. */
function written(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    '',
  );
}

function within(object: KubernetesObject, path: Path): { object: KubernetesObject; path: Path }[] {
  const { items } = object;
  if (object.kind.endsWith('List') && Array.isArray(items) && textOf(object.metadata.name) === undefined) {
    // Typed lists leave apiVersion and kind out of their items.
    const kind = object.kind.slice(0, -'List'.length);
    const typed = kind === '' ? {} : { apiVersion: object.apiVersion, kind };
    return inList(items, [...path, 'items'], typed);
  }
  if (!isClusterOperator(object)) return [{ object, path }];
  return listOf(fieldAt(object, 'spec', 'components')).flatMap((component, index) =>
    inList(listOf(fieldAt(component, 'objects')), [...path, 'spec', 'components', index, 'objects'], {}),
  );
}

function inList(items: readonly unknown[], path: Path, typed: object): { object: KubernetesObject; path: Path }[] {
  return items.flatMap((item, index) => {
    const object = isMap(item) ? { ...typed, ...item } : {};
    const { apiVersion, kind, metadata } = object as Record<string, unknown>;
    if (textOf(apiVersion) === undefined || textOf(kind) === undefined || !isMap(metadata)) return [];
    return within(object as KubernetesObject, [...path, index]);
  });
}
