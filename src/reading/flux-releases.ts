/**
 * The releases that Flux installs (`HelmRelease`): what depends on what, and that Flux would install them again
 * (`api/v2/helmrelease_types.go`, `GetReleaseName`, `GetStorageNamespace`).
 */
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shellCommand } from '../objects/shell-quote.ts';

export type FluxRelease = {
  helmRelease: { name: string; namespace: string };
  release: { name: string; namespace: string };
  dependsOn: { name: string; namespace: string }[];
  isSuspended: boolean;
};

const group = 'helm.toolkit.fluxcd.io';

/** None where Flux is not installed, or where its objects may not be read. */
export async function fluxReleases(cluster: Cluster): Promise<FluxRelease[]> {
  const kind = (await cluster.kinds()).kinds.find((each) => each.group === group && each.kind === 'HelmRelease');
  if (!kind) return [];
  try {
    const { apiVersion } = kind;
    return (await cluster.list({ apiVersion, kind: 'HelmRelease' })).items.map(fluxReleaseOf);
  } catch (error) {
    if (isCode(error, 'forbidden', 'not-found')) return [];
    throw error;
  }
}

/** Whose release it is, or undefined. */
export function fluxOf(all: readonly FluxRelease[], name: string, namespace: string): FluxRelease | undefined {
  return all.find(({ release }) => release.name === name && release.namespace === namespace);
}

/** What a person should know of a release that Flux installs. */
export function fluxNote({ helmRelease, release, isSuspended }: FluxRelease): string {
  const who = `release ${release.name} is installed by Flux: ${describeRef({ kind: 'HelmRelease', ...helmRelease })}`;
  const { name, namespace } = helmRelease;
  return isSuspended
    ? who
    : `${who}, which will install it again; to prevent that: ${shellCommand('flux', 'suspend', 'helmrelease', name, '-n', namespace)}`;
}

function fluxReleaseOf(object: KubernetesObject): FluxRelease {
  const { name, namespace = '' } = refOf(object);
  const target = textOf(fieldAt(object.spec, 'targetNamespace'));
  const usual = target === undefined ? name : `${target}-${name}`;
  return {
    helmRelease: { name, namespace },
    release: {
      name: textOf(fieldAt(object.spec, 'releaseName')) ?? usual,
      namespace: textOf(fieldAt(object.spec, 'storageNamespace')) ?? namespace,
    },
    dependsOn: listOf(fieldAt(object.spec, 'dependsOn')).flatMap((each) => {
      const other = textOf(fieldAt(each, 'name'));
      return other === undefined ? [] : [{ name: other, namespace: textOf(fieldAt(each, 'namespace')) ?? namespace }];
    }),
    isSuspended: fieldAt(object.spec, 'suspend') === true,
  };
}
