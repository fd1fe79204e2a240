/**
 * Hooks as Argo CD reads them, its own and Helm's (`controller/hook.go`, `gitops-engine/pkg/sync/hook`).
 */
import type { KubernetesObject } from '../objects/object.ts';
import type { Given, Subject } from '../reading/subject.ts';
import { listIn } from './hooks.ts';

export type ArgoHookType = 'PreDelete' | 'PostDelete';

const known = new Set(['PreSync', 'Sync', 'PostSync', 'SyncFail', 'Skip', 'PreDelete', 'PostDelete']);

/** With Argo CD's own deletion hooks among the hooks: they are no more there before the deletion than Helm's are. */
export function withArgoHooks(subject: Subject): Subject {
  const isHook = ({ object }: Given) => argoHookTypes(object).some((type) => type === 'PreDelete' || type === 'PostDelete');
  const found = subject.objects.filter(isHook);
  if (found.length === 0) return subject;
  return {
    ...subject,
    objects: subject.objects.filter((given) => !isHook(given)),
    hooks: [...subject.hooks, ...found],
  };
}

/** Of Argo CD's own annotation, else of Helm's. */
export function argoHookTypes(object: KubernetesObject): string[] {
  const own = optionsIn(object, 'argocd.argoproj.io/hook').filter((type) => known.has(type));
  const helm = listIn(object, 'helm.sh/hook').map((event) =>
    event === 'pre-delete' ? 'PreDelete' : event === 'post-delete' ? 'PostDelete' : event,
  );
  return own.length > 0 ? own : helm;
}

/** Argo CD compares letter by letter, unlike Helm (`resourceutil.HasAnnotationOption`). */
export function optionsIn({ metadata }: KubernetesObject, annotation: string): string[] {
  const written = metadata.annotations?.[annotation];
  return typeof written === 'string' ? written.split(',').map((word) => word.trim()) : [];
}
