/** Takes away fields of objects of others, each only while it is still what was saved. */
import type { Cluster, JsonPatchOperation } from '../../cluster/port.ts';
import { fieldManager } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Residue } from '../../residue/receipt.ts';

/** @throws BookendError conflict: the object or the field has changed since */
export async function removeField(cluster: Cluster, { ref, field }: Residue, saved: KubernetesObject): Promise<void> {
  const path = field && pathIn(field.path, saved);
  if (path === undefined) return;
  const operations: JsonPatchOperation[] = [
    { op: 'test', path: '/metadata/uid', value: ref.uid },
    { op: 'test', path: path.pointer, value: path.value },
    { op: 'remove', path: path.pointer },
  ];
  await cluster.patch(ref, { type: 'json', operations }, { fieldManager });
}

/** Where it stands now: finalizers move when others go. Undefined: it is gone by itself. */
function pathIn(path: string, { metadata }: KubernetesObject): { pointer: string; value: string } | undefined {
  const [, map = '', bracketed, plain] = /^metadata\.(labels|annotations|finalizers)(?:\[(.*)\]|\.(.*))$/.exec(path) ?? [];
  const key = bracketed ?? plain ?? '';
  if (map === 'finalizers') {
    const index = metadata.finalizers?.indexOf(key) ?? -1;
    return index < 0 ? undefined : { pointer: `/metadata/finalizers/${index}`, value: key };
  }
  const value = map === 'labels' ? metadata.labels?.[key] : metadata.annotations?.[key];
  return value === undefined
    ? undefined
    : { pointer: `/metadata/${map}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, value };
}
