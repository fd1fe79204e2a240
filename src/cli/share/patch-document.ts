/**
 * `-o patch`: the changes as patches for kustomize, for `patches` of a kustomization.yaml or
 * `spec.postRenderers[].kustomize.patches` of a HelmRelease. They are JSON patches, because a strategic merge patch
 * preserves neither the order of init containers nor the lists of custom resources.
 */
import { BookendError } from '../../errors.ts';
import { fieldAt, isMap, listOf, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import { below, jsonPatch, type PatchOperation } from '../../objects/json-patch.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { writeYaml } from '../../objects/yaml.ts';
import type { NewField } from './changed-text.ts';
import { whereabouts } from './manifests.ts';
import { namedEntries } from './patch-of-lists.ts';
import type { Path } from './path.ts';
import { nameOf } from './workloads.ts';

/** An entry of `patches`: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/ */
type KustomizePatch = { target: Target; patch: string };

type Target = { group?: string; version: string; kind: string; name: string; namespace?: string };

/** @throws BookendError `bad-input` for an object without a name, which no patch can be for */
export function patchText(fields: readonly NewField[]): string {
  const patches = patchesOf(fields);
  return patches.length === 0 ? '# Nothing has to change.\npatches: []\n' : `${head}${writeYaml([{ patches }])}`;
}

const head = `# For a kustomization.yaml; in a HelmRelease of Flux the same list stands below spec.postRenderers[0].kustomize.
# Each patch tests the names of the containers that it changes, so that it fails where the manifest has changed.
`;

function patchesOf(fields: readonly NewField[]): KustomizePatch[] {
  const changes = fields.map((field) => ({ ...holderOf(field), operations: operationsOf(field) }));
  const byObject = Map.groupBy(
    changes.filter(({ operations }) => operations.length > 0),
    ({ object }) => object,
  );
  return [...byObject].map(([object, all]) => {
    const operations = all.flatMap(({ at, operations: own }) => own.map((each) => ({ ...each, path: `${at}${each.path}` })));
    return { target: targetOf(object, all[0]?.where ?? ''), patch: writeYaml([operations]) };
  });
}

function operationsOf({ found, path, value }: NewField): PatchOperation[] {
  return jsonPatch(fieldAtPath(found.object, path), value, pointerTo(path), namedEntries);
}

/** What kustomize takes for one object: the items of a List, but a ClusterOperator as a whole. */
function holderOf({ found }: NewField): { object: KubernetesObject; at: string; where: string } {
  const document = found.part.documents[found.document]?.object;
  let [object, path]: [unknown, Path] = [document, found.path];
  while (path[0] === 'items' && typeof path[1] === 'number') {
    object = listOf(fieldAt(object, 'items'))[path[1]];
    path = path.slice(2);
  }
  const at = pointerTo(path);
  // An item of a typed List gets its kind from there.
  return {
    object: path.length === 0 ? found.object : (object as KubernetesObject),
    at,
    where: `${nameOf(found)} (${whereabouts(found)})`,
  };
}

function pointerTo(path: Path): string {
  return path.reduce<string>(below, '');
}

function fieldAtPath(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof part === 'number' ? listOf(at)[part] : isMap(at) ? at[part] : undefined),
    value,
  );
}

function targetOf({ apiVersion, kind, metadata }: KubernetesObject, where: string): Target {
  const name = textOf(metadata.name);
  if (name === undefined) {
    throw new BookendError('bad-input', `${where} has no metadata.name, so no patch can name it`, {
      field: '--output',
      advice: 'Give it a name, or leave out -o patch.',
    });
  }
  const group = groupOf(apiVersion);
  return {
    ...(group !== '' && { group }),
    version: apiVersion.slice(group === '' ? 0 : group.length + 1),
    kind,
    name: exactly(name),
    ...(metadata.namespace !== undefined && { namespace: exactly(metadata.namespace) }),
  };
}

/** kustomize reads names as regular expressions, which it anchors. */
function exactly(name: string): string {
  return name.replaceAll('.', '\\.');
}
