/** Who will delete these objects, when nobody has said it. */
import type { Subject } from '../../reading/subject.ts';
import type { Tool } from '../../uninstall/scenario.ts';

/** @param helm the one that the person has */
export function fittingTool(subject: Subject, helm: 'helm3' | 'helm4' = 'helm4'): Tool {
  if (subject.from === 'namespace') return 'namespace';
  const all = [...subject.objects, ...subject.hooks, ...subject.crds];
  if (all.some(({ object }) => keysOf(object.metadata.labels).some((key) => prefixOf(key) === 'helm.toolkit.fluxcd.io')))
    return 'flux';
  if (subject.from !== 'files') return helm;
  const annotated = all.some(({ object }) =>
    keysOf(object.metadata.annotations).some((key) => prefixOf(key) === 'argocd.argoproj.io'),
  );
  if (annotated) return 'argocd';
  // The output of `helm template` says where each object comes from.
  return all.length > 0 && all.every(({ origin }) => origin?.source !== undefined) ? helm : 'kubectl';
}

function keysOf(map: Record<string, string> | undefined): string[] {
  return Object.keys(map ?? {});
}

/** `argocd.argoproj.io/sync-wave` → `argocd.argoproj.io` */
function prefixOf(key: string): string {
  return key.includes('/') ? (key.split('/')[0] ?? '') : '';
}
