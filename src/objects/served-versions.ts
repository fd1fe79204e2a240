/**
 * At which version custom resources are read. The API server stores them at one version and converts them to the
 * version that is asked for; where a webhook converts, every request at another version fails while that webhook is
 * dead.
 */
import { fieldAt, listOf, mapOf, textOf } from './fields.ts';
import type { KubernetesObject } from './object.ts';

/**
 * The served versions of a CustomResourceDefinition, `v1`, `v2`, the best to read at first: with a conversion webhook
 * the storage version, which nobody needs to convert; then in the order in which discovery prefers them.
 */
export function servedVersions(crd: KubernetesObject): string[] {
  const versions = listOf(fieldAt(crd, 'spec', 'versions'))
    .map(mapOf)
    .filter(({ served }) => served === true);
  const names = versions.flatMap(({ name }) => textOf(name) ?? []).sort(compareVersions);
  if (!isConvertedByWebhook(crd)) return names;
  const stored = textOf(versions.find(({ storage }) => storage === true)?.name);
  return stored === undefined ? names : [stored, ...names.filter((name) => name !== stored)];
}

export function isConvertedByWebhook(crd: KubernetesObject): boolean {
  return fieldAt(crd, 'spec', 'conversion', 'strategy') === 'Webhook';
}

/** `v2` before `v1` before `v2beta1` before `v1alpha1` (apimachinery `CompareKubeAwareVersionStrings`). */
export function compareVersions(one: string, other: string): number {
  const rank = (version: string): number[] => {
    const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!found) return [-1, 0, 0];
    return [found[2] === undefined ? 2 : found[2] === 'beta' ? 1 : 0, Number(found[1]), Number(found[3] ?? 0)];
  };
  const left = rank(one);
  const right = rank(other);
  for (let index = 0; index < 3; index++) {
    const step = (right[index] ?? 0) - (left[index] ?? 0);
    if (step !== 0) return step;
  }
  return one < other ? -1 : 1;
}
