/**
 * Manifests with their text, and the workloads in them: whole documents, items of Lists, and objects in components of a
 * ClusterOperator.
 */
import { isMap, isNode, isScalar, isSeq } from 'yaml';
import { fieldAt, isMap as isPlainMap, listOf, textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { readManifest } from '../../objects/read-manifest.ts';
import { readYamlNodes, type YamlDocument } from '../../objects/yaml.ts';
import type { Candidate } from '../../share/workloads.ts';
import { isClusterOperator } from '../delete/reported-teardown.ts';
import type { ManifestText } from '../reading/read-manifests.ts';
import { mayHoldWorkload, type Part, partsOf } from './manifest-parts.ts';
import { type Path, writtenPath } from './path.ts';

export type Manifest = ManifestText & { parts: ReadPart[] };

/** A part of the text, and the documents with content in it. None were read where there cannot be a workload. */
type ReadPart = Part & { documents: YamlDocument[] };

export type Found = Candidate & {
  manifest: Manifest;
  part: ReadPart;
  /** Index of the document in its part. */
  document: number;
  /** Where the object stands in its document. */
  path: Path;
};

/** @throws BookendError `bad-input`, naming file and line */
export function manifestOf({ text, file }: ManifestText): Manifest {
  const parts = partsOf(text).map((part): ReadPart => {
    return { ...part, documents: mayHoldWorkload(part.text) ? readManifest(part.text, file, part.above) : [] };
  });
  return { text, file, parts };
}

/** Every object that may be a workload, in the order of the text. */
export function objectsIn(manifest: Manifest): Found[] {
  return manifest.parts.flatMap((part) =>
    part.documents.flatMap(({ object }, document) =>
      within(object, []).map((each) => ({ ...each, place: writtenPath(each.path), manifest, part, document })),
    ),
  );
}

/**
 * For messages: `deploy.yaml:12`.
 *
 * @param field within the object; the line is that of the innermost part of it that is there
 */
export function whereabouts({ manifest, part, document, path }: Found, field: Path = []): string {
  const line = part.documents[document]?.line ?? 1;
  if (path.length + field.length === 0) return `${manifest.file}:${line}`;
  const contents = readYamlNodes(part.text)[document]?.contents;
  const start = startWithin(contents, [...path, ...field]);
  return `${manifest.file}:${start === undefined ? line : part.above + part.text.slice(0, start).split('\n').length}`;
}

/** Where the deepest node on the way begins: of a pair its key. */
function startWithin(contents: unknown, path: Path): number | undefined {
  let node: unknown = contents;
  let start = isNode(node) ? node.range?.[0] : undefined;
  for (const step of path) {
    const inner = stepInto(node, step);
    if (!inner) return start;
    node = inner.value;
    start = isNode(inner.begin) ? (inner.begin.range?.[0] ?? start) : start;
  }
  return start;
}

/** What stands below a key or index, and the node at which it begins. */
function stepInto(node: unknown, step: string | number): { value: unknown; begin: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair && { value: pair.value, begin: pair.key };
  }
  if (!isSeq(node) || typeof step !== 'number') return undefined;
  const item = node.items[step];
  return { value: item, begin: item };
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
    const object = isPlainMap(item) ? { ...typed, ...item } : {};
    const { apiVersion, kind, metadata } = object as Record<string, unknown>;
    if (textOf(apiVersion) === undefined || textOf(kind) === undefined || !isPlainMap(metadata)) return [];
    return within(object as KubernetesObject, [...path, index]);
  });
}
