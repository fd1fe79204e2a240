/**
 * Volumes are mounted from ConfigMaps, Secrets and claims. A running Pod keeps what it has mounted, but one that restarts or is replaced
 * during the teardown hangs in ContainerCreating without them; and a claim that is deleted under its Pod stays Terminating until the Pod is gone.
 *
 * A StatefulSet needs the claims that its `volumeClaimTemplates` make (`<template>-<set>-<ordinal>`), and their StorageClass.
 */
import { fieldAt, listOf, mapOf, textOf } from '../../objects/fields.ts';
import { makeId } from '../../objects/identity.ts';
import type { Edge, EdgeRule, Workload, World } from '../edge.ts';

export const volume: EdgeRule = {
  name: 'volume',
  why: 'Without the sources of its volumes a Pod cannot start or be replaced.',
  find: (world) => [...world.workloads.flatMap(volumesOf), ...claimsOfStatefulSets(world)],
};

function volumesOf(workload: Workload): Edge[] {
  const path = `${workload.podSpecPath}.volumes`;
  return listOf(workload.podSpec.volumes).flatMap((entry, index) => sourcesOf(workload, mapOf(entry), `${path}[${index}]`));
}

function sourcesOf(workload: Workload, source: Record<string, unknown>, path: string): Edge[] {
  const edges: Edge[] = [];
  const add = (kind: string, name: unknown, field: string) => {
    const value = textOf(name);
    if (value === undefined) return;
    const to = makeId('', kind, workload.namespace, value);
    edges.push({ from: workload.id, to, rule: 'volume', evidence: [{ object: workload.id, field: `${path}.${field}`, value }] });
  };
  for (const [type, value] of Object.entries(source)) {
    const body = mapOf(value);
    if (type === 'configMap') add('ConfigMap', body.name, 'configMap.name');
    else if (type === 'secret') add('Secret', body.secretName, 'secret.secretName');
    else if (type === 'persistentVolumeClaim') add('PersistentVolumeClaim', body.claimName, 'persistentVolumeClaim.claimName');
    else if (type === 'ephemeral') {
      add('PersistentVolumeClaim', ephemeralClaim(workload, source), 'ephemeral.volumeClaimTemplate');
    } else if (type === 'projected') {
      listOf(body.sources).forEach((projection, index) => {
        add('ConfigMap', fieldAt(projection, 'configMap', 'name'), `projected.sources[${index}].configMap.name`);
        add('Secret', fieldAt(projection, 'secret', 'name'), `projected.sources[${index}].secret.name`);
      });
    } else {
      // nodePublishSecretRef of csi, secretRef of cephfs, flexVolume, iscsi, rbd, scaleIO and storageos, all in the Pod's own namespace.
      for (const reference of ['nodePublishSecretRef', 'secretRef']) {
        add('Secret', fieldAt(body, reference, 'name'), `${type}.${reference}.name`);
      }
      if (type === 'azureFile') add('Secret', body.secretName, 'azureFile.secretName');
    }
  }
  return edges;
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
      const value = textOf(fieldAt(template, 'spec', 'storageClassName'));
      if (value === undefined) return;
      const evidence = [{ object: from, field: `${field}.spec.storageClassName`, value }];
      edges.push({ from, to: makeId('storage.k8s.io', 'StorageClass', undefined, value), rule: 'volume', evidence });
    });
  }
  return edges;
}
