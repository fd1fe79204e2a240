/** The ConfigMaps, Secrets and claims that a Pod names in its volumes and environments, all of its own namespace. */
import { fieldAt, listOf, textOf } from '../objects/fields.ts';

export type PodReference = {
  kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim';
  name: string;
  /** Where the name stands, below the Pod's spec. */
  field: string;
  in: 'volumes' | 'environment';
  /** The Pod starts without it too. */
  isOptional: boolean;
};

export function podReferences(podSpec: Readonly<Record<string, unknown>>): PodReference[] {
  const volumes = listOf(podSpec.volumes).flatMap((volume, index) => {
    const projected = listOf(fieldAt(volume, 'projected', 'sources')).flatMap((source, at) =>
      namedIn(source, `volumes[${index}].projected.sources[${at}]`, 'volumes'),
    );
    return [...namedIn(volume, `volumes[${index}]`, 'volumes'), ...projected];
  });
  const environments = ['initContainers', 'containers'].flatMap((list) =>
    listOf(podSpec[list]).flatMap((container, index) => [
      ...listOf(fieldAt(container, 'envFrom')).flatMap((source, at) =>
        namedIn(source, `${list}[${index}].envFrom[${at}]`, 'environment'),
      ),
      ...listOf(fieldAt(container, 'env')).flatMap((variable, at) =>
        namedIn(fieldAt(variable, 'valueFrom'), `${list}[${index}].env[${at}].valueFrom`, 'environment'),
      ),
    ]),
  );
  return [...volumes, ...environments];
}

function namedIn(source: unknown, path: string, place: PodReference['in']): PodReference[] {
  return keys.flatMap(([key, kind, field]): PodReference[] => {
    const name = textOf(fieldAt(source, key, field));
    if (name === undefined || name === '') return [];
    const isOptional = fieldAt(source, key, 'optional') === true;
    return [{ kind, name, field: `${path}.${key}.${field}`, in: place, isOptional }];
  });
}

/** `secret` has its name under `secretName` as a volume, and under `name` in a projected one. */
const keys = [
  ['configMap', 'ConfigMap', 'name'],
  ['secret', 'Secret', 'secretName'],
  ['secret', 'Secret', 'name'],
  ['persistentVolumeClaim', 'PersistentVolumeClaim', 'claimName'],
  ['configMapRef', 'ConfigMap', 'name'],
  ['secretRef', 'Secret', 'name'],
  ['configMapKeyRef', 'ConfigMap', 'name'],
  ['secretKeyRef', 'Secret', 'name'],
] as const;
