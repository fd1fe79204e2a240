/**
 * Watches the objects of one scenario and writes down when each came, began to end and was gone, by resourceVersion:
 * exact order, whatever the watches' lag.
 */
import type { Cluster, Watch } from '../../src/cluster/port.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { controllerOf } from '../../src/objects/owners.ts';
import type { Ref } from './scenario.ts';

export type Happening = { what: 'created' | 'terminating' | 'gone'; who: string; uid: string; version: number };

export type Witness = {
  happenings(): Happening[];
  /** Everything that was there at the beginning. */
  synced(): boolean;
  /** Also watches another kind, from now on. */
  follow(kind: Pick<Ref, 'apiVersion' | 'kind'>, namespace: string | undefined): void;
  close(): void;
};

/** What Kubernetes itself puts into every namespace. */
const given = new Set(['ServiceAccount/default', 'ConfigMap/kube-root-ca.crt']);

/** @param isOurs which of the cluster-scoped objects belong to the scenario */
export function witness(cluster: Cluster, isOurs: (object: KubernetesObject) => boolean): Witness {
  const happenings: (Omit<Happening, 'who'> & { kind: string })[] = [];
  const watches: Watch[] = [];
  const known = new Map<string, KubernetesObject>();
  const ending = new Set<string>();
  /** As each object was first seen: an owner may be taken away later. */
  const origins = new Map<
    string,
    { kind: string; name: string; owner: { uid: string; kind: string; name: string } | undefined }
  >();
  let waiting = 0;
  const note = (what: Happening['what'], object: KubernetesObject) => {
    const { uid = '', resourceVersion } = object.metadata;
    happenings.push({ what, kind: object.kind, uid, version: Number(resourceVersion) });
  };
  const nameOf = (uid: string): string => {
    const { kind = '', name = '', owner } = origins.get(uid) ?? {};
    if (owner === undefined || !generated.has(kind) || !name.startsWith(`${owner.name}-`)) return name;
    // Pods of a StatefulSet are numbered.
    if (owner.kind === 'StatefulSet') return name;
    return `${origins.has(owner.uid) ? nameOf(owner.uid) : owner.name}-*`;
  };
  const see = (object: KubernetesObject, first: boolean) => {
    const { uid = '', deletionTimestamp } = object.metadata;
    if (!isOurs(object) || given.has(`${object.kind}/${object.metadata.name}`)) return;
    if (!origins.has(uid)) origins.set(uid, { kind: object.kind, name: object.metadata.name, owner: controllerOf(object) });
    if (!known.has(uid) && !first) note('created', object);
    known.set(uid, object);
    if (deletionTimestamp === undefined || ending.has(uid)) return;
    ending.add(uid);
    note('terminating', object);
  };
  const leave = (object: KubernetesObject) => {
    if (known.delete(object.metadata.uid ?? '')) note('gone', object);
  };
  return {
    // Names are made when all owners are known.
    happenings: () => happenings.map(({ kind, ...rest }) => ({ ...rest, who: `${kind}/${nameOf(rest.uid)}` })),
    synced: () => waiting === 0,
    follow({ apiVersion, kind }, namespace) {
      let first = true;
      waiting++;
      watches.push(
        cluster.watch(
          { apiVersion, kind, ...(namespace !== undefined && { namespace }), metadataOnly: true },
          {
            replace(objects) {
              const present = new Set(objects.map(({ metadata }) => metadata.uid));
              for (const object of [...known.values()])
                if (object.kind === kind && !present.has(object.metadata.uid)) leave(object);
              for (const object of objects) see(object, first);
              if (first) waiting--;
              first = false;
            },
            changed: (object) => see(object, false),
            removed: leave,
          },
        ),
      );
    },
    close: () => {
      for (const watch of watches) watch.close();
    },
  };
}

/** Kinds whose names their controllers make up. */
const generated = new Set(['Pod', 'ReplicaSet', 'ControllerRevision', 'Job']);
