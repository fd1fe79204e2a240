/**
 * What a Pod mounts or reads into its environment must be there before its containers start (`FailedMount`,
 * `CreateContainerConfigError`).
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Store, Stored } from '../api/store.ts';
import { type Fields, mapsOf } from '../json.ts';

/** The first thing that is missing, in the kubelet's words, or undefined when all is there. */
export function missingMount(store: Store, pod: Stored): string | undefined {
  const { namespace } = pod.metadata;
  const missing = (key: 'configmaps' | 'secrets', source: unknown, nameField: string): string | undefined => {
    const name = fieldAt(source, nameField);
    if (typeof name !== 'string' || fieldAt(source, 'optional') === true || store.get(key, namespace, name)) return undefined;
    return `${key.slice(0, -1)} "${name}" not found`;
  };
  const inVolume = (volume: Fields, secretField: string): string | undefined =>
    missing('configmaps', volume.configMap, 'name') ??
    missing('secrets', volume.secret, secretField) ??
    firstOf(mapsOf(fieldAt(volume, 'projected', 'sources')), (source) => inVolume(source, 'name'));
  const inContainer = (container: Fields): string | undefined =>
    firstOf(
      mapsOf(container.envFrom),
      (from) => missing('configmaps', from.configMapRef, 'name') ?? missing('secrets', from.secretRef, 'name'),
    ) ??
    firstOf(
      mapsOf(container.env),
      ({ valueFrom }) =>
        missing('configmaps', fieldAt(valueFrom, 'configMapKeyRef'), 'name') ??
        missing('secrets', fieldAt(valueFrom, 'secretKeyRef'), 'name'),
    );
  const { spec } = pod;
  const account = String(fieldAt(spec, 'serviceAccountName') ?? 'default');
  if (fieldAt(spec, 'automountServiceAccountToken') !== false && !store.get('serviceaccounts', namespace, account)) {
    return `failed to fetch token: serviceaccounts "${account}" not found`;
  }
  return (
    firstOf(mapsOf(fieldAt(spec, 'volumes')), (volume) => inVolume(volume, 'secretName')) ??
    firstOf([...mapsOf(fieldAt(spec, 'initContainers')), ...mapsOf(fieldAt(spec, 'containers'))], inContainer)
  );
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const result = find(item);
    if (result !== undefined) return result;
  }
  return undefined;
}
