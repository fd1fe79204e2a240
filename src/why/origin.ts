/** What an object was installed by, as the tools themselves mark it: that one brings it back, or misses it. */
import type { KubernetesObject } from '../objects/object.ts';

/** `Helm release monitoring in ops`, `Argo CD Application shop`; undefined when nothing tells. */
export function originOf({ metadata }: KubernetesObject): string | undefined {
  const { annotations = {}, labels = {} } = metadata;
  const release = annotations['meta.helm.sh/release-name'];
  if (release) return `Helm release ${release}${placed(annotations['meta.helm.sh/release-namespace'])}`;
  const application = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0] ?? labels['argocd.argoproj.io/instance'];
  if (application) return `Argo CD Application ${application}`;
  for (const [kind, group] of [
    ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
    ['HelmRelease', 'helm.toolkit.fluxcd.io'],
  ] as const) {
    const name = labels[`${group}/name`];
    if (name) return `Flux ${kind} ${name}${placed(labels[`${group}/namespace`])}`;
  }
  return undefined;
}

function placed(namespace: string | undefined): string {
  return namespace ? ` in ${namespace}` : '';
}
