/**
 * Reads the parts of a Pod spec that shares use. Malformed parts count as absent; the API server rejects them.
 */
import { fieldAt, isMap, listOf, mapOf, textOf } from '../objects/fields.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A container or init container, with the place that it has. */
export type PlacedContainer = { container: Fields; name: string; list: 'containers' | 'initContainers'; index: number };

/** All init containers and containers, in this order. */
export function containersOf(spec: Fields): PlacedContainer[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    listOf(spec[list]).flatMap((container, index): PlacedContainer[] => {
      const name = textOf(fieldAt(container, 'name'));
      return isMap(container) && name !== undefined ? [{ container, name, list, index }] : [];
    }),
  );
}

export function containerNamed(spec: Fields, name: string): PlacedContainer | undefined {
  for (const list of ['initContainers', 'containers'] as const) {
    const containers = listOf(spec[list]);
    const index = containers.findIndex((each) => isMap(each) && each.name === name);
    const container = containers[index];
    if (isMap(container)) return { container, name, list, index };
  }
  return undefined;
}

export type Mount = { name: string; mountPath: string; readOnly: boolean; subPath?: string; index: number };

/** `volumeMounts` of a container. */
export function mountsOf(container: Fields): Mount[] {
  return listOf(container.volumeMounts).flatMap((mount, index): Mount[] => {
    const [name, mountPath] = [textOf(fieldAt(mount, 'name')), textOf(fieldAt(mount, 'mountPath'))];
    if (name === undefined || mountPath === undefined) return [];
    const subPath = textOf(fieldAt(mount, 'subPath'));
    const readOnly = fieldAt(mount, 'readOnly') === true;
    return [{ name, mountPath: cleanPath(mountPath), readOnly, ...(subPath !== undefined && { subPath }), index }];
  });
}

export function volumeNamed(spec: Fields, name: string): Fields | undefined {
  return listOf(spec.volumes).find((volume): volume is Fields => isMap(volume) && volume.name === name);
}

/** All of them by name, for who looks up many. */
export function volumesOf(spec: Fields): ReadonlyMap<string, Fields> {
  return new Map(listOf(spec.volumes).flatMap((volume) => (isMap(volume) ? [[String(volume.name), volume]] : [])));
}

/** A path without what does not matter: `/a//b/./c/` → `/a/b/c`. */
export function cleanPath(path: string): string {
  return `/${segmentsOf(path).join('/')}`;
}

/** True when `inner` lies below `outer`, or is it. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`);
}

export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** A field of the container's security context, or else of the Pod's, as the kubelet resolves it. */
export function securityOf(spec: Fields, container: Fields | undefined, field: string): unknown {
  return mapOf(container?.securityContext)[field] ?? mapOf(spec.securityContext)[field];
}
