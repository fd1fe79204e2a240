/**
 * Volumes are mounted from ConfigMaps, Secrets and claims. A running Pod keeps what it has mounted, but one that
 * restarts or is replaced during the teardown hangs in ContainerCreating without them; and a claim that is deleted
 * under its Pod stays Terminating until the Pod is gone.
 *
 * A StatefulSet needs the claims that its `volumeClaimTemplates` make (`<template>-<set>-<ordinal>`), and their
 * StorageClass.
 */
import { fieldAt, listOf, mapOf, textOf } from '../../objects/fields.ts';
import type { Edge, EdgeRule, Workload, World } from '../edge.ts';
import { named } from './named.ts';

export const volume: EdgeRule = {
  name: 'volume',
  why: 'Without the sources of its volumes a Pod cannot start or be replaced.',
  find: (world) => [...world.workloads.flatMap(volumesOf), ...claimsOfStatefulSets(world)],
};

function volumesOf(workload: Workload): Edge[] {
  const path = `${workload.podSpecPath}.volumes`;
  return listOf(workload.podSpec.volumes).flatMap((entry, index) => sourcesOf(workload, mapOf(entry), `${path}[${index}]`));
}

/** @param source a volume of the Pod template @param path where it stands */
function sourcesOf(workload: Workload, source: Record<string, unknown>, path: string): Edge[] {
  const { id, namespace } = workload;
  return Object.entries(source)
    .flatMap(([type, body]) => namesIn(workload, source, type, mapOf(body)))
    .flatMap(({ kind, name: value, field }) => {
      const group = clusterScoped.get(kind);
      const reference = { rule: 'volume', from: id, field: `${path}.${field}`, value };
      return group === undefined ? named(reference, '', kind, namespace) : named(reference, group, kind);
    });
}

/** What a source of a volume names, and in which field. */
type Source = {
  kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim' | 'StorageClass' | 'ClusterTrustBundle';
  name: unknown;
  field: string;
};

/** Kinds outside of the Pod's own namespace, with their groups. */
const clusterScoped: ReadonlyMap<string, string> = new Map([
  ['StorageClass', 'storage.k8s.io'],
  ['ClusterTrustBundle', 'certificates.k8s.io'],
]);

function namesIn(workload: Workload, source: Record<string, unknown>, type: string, body: Record<string, unknown>): Source[] {
  switch (type) {
    case 'configMap':
      return [{ kind: 'ConfigMap', name: body.name, field: 'configMap.name' }];
    case 'secret':
      return [{ kind: 'Secret', name: body.secretName, field: 'secret.secretName' }];
    case 'persistentVolumeClaim':
      return [{ kind: 'PersistentVolumeClaim', name: body.claimName, field: 'persistentVolumeClaim.claimName' }];
    case 'ephemeral': {
      const name = ephemeralClaim(workload, source);
      const storageClass = fieldAt(body, 'volumeClaimTemplate', 'spec', 'storageClassName');
      return [
        { kind: 'PersistentVolumeClaim', name, field: 'ephemeral.volumeClaimTemplate' },
        { kind: 'StorageClass', name: storageClass, field: 'ephemeral.volumeClaimTemplate.spec.storageClassName' },
      ];
    }
    case 'projected':
      return listOf(body.sources).flatMap((projection, index): Source[] => {
        const field = `projected.sources[${index}]`;
        return [
          { kind: 'ConfigMap', name: fieldAt(projection, 'configMap', 'name'), field: `${field}.configMap.name` },
          { kind: 'Secret', name: fieldAt(projection, 'secret', 'name'), field: `${field}.secret.name` },
          {
            kind: 'ClusterTrustBundle',
            name: fieldAt(projection, 'clusterTrustBundle', 'name'),
            field: `${field}.clusterTrustBundle.name`,
          },
        ];
      });
    default:
      return secretsOfDriver(type, body);
  }
}

/**
 * `nodePublishSecretRef` of csi; `secretRef` of cephfs, flexVolume, iscsi, rbd, scaleIO and storageos; azureFile's own
 * field.
 */
function secretsOfDriver(type: string, body: Record<string, unknown>): Source[] {
  const references = ['nodePublishSecretRef', 'secretRef'].map((reference): Source => {
    return { kind: 'Secret', name: fieldAt(body, reference, 'name'), field: `${type}.${reference}.name` };
  });
  if (type !== 'azureFile') return references;
  return [...references, { kind: 'Secret', name: body.secretName, field: 'azureFile.secretName' }];
}

/** The claim of a generic ephemeral volume is named `<pod>-<volume>`; only a Pod itself has a name that is known. */
function ephemeralClaim(workload: Workload, source: Record<string, unknown>): string | undefined {
  return workload.object.kind === 'Pod' ? `${workload.object.metadata.name}-${textOf(source.name)}` : undefined;
}

function claimsOfStatefulSets(world: World): Edge[] {
  const edges: Edge[] = [];
  for (const set of world.ofKind('apps', 'StatefulSet')) {
    const templates = listOf(fieldAt(set, 'spec', 'volumeClaimTemplates'));
    if (templates.length === 0) continue;
    const from = world.idOf(set);
    const { namespace, name } = set.metadata;
    const claims = world.ofKind('', 'PersistentVolumeClaim').filter((claim) => claim.metadata.namespace === namespace);
    templates.forEach((template, index) => {
      const field = `spec.volumeClaimTemplates[${index}]`;
      const claimName = textOf(fieldAt(template, 'metadata', 'name'));
      const prefix = `${claimName}-${name}-`;
      for (const claim of claims) {
        if (!claim.metadata.name.startsWith(prefix) || !/^\d+$/.test(claim.metadata.name.slice(prefix.length))) continue;
        const evidence = [{ object: from, field: `${field}.metadata.name`, ...(claimName && { value: claimName }) }];
        edges.push({ from, to: world.idOf(claim), rule: 'volume', evidence });
      }
      const value = fieldAt(template, 'spec', 'storageClassName');
      const reference = { rule: 'volume', from, field: `${field}.spec.storageClassName`, value };
      edges.push(...named(reference, 'storage.k8s.io', 'StorageClass'));
    });
  }
  return edges;
}
