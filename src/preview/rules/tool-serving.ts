/**
 * Argo CD and Flux put finalizers on their own custom resources. Where one of them does the uninstall its controllers
 * run, in this cluster or in another, although no input shows them.
 */
import type { Serving } from '../../knowledge/serving/server.ts';
import type { Tool } from '../../uninstall/scenario.ts';

/** A workload that is seen to serve such a finalizer counts all the same: it may be what goes. */
export function withToolServing(serving: Serving, tool: Tool): Serving {
  const own = finalizersOf[tool];
  if (own === undefined) return serving;
  return {
    ...serving,
    serversOfFinalizer(finalizer, object) {
      const servers = serving.serversOfFinalizer(finalizer, object);
      return servers !== 'kubernetes' && servers.length === 0 && own.test(finalizer) ? 'kubernetes' : servers;
    },
  };
}

const finalizersOf: Partial<Record<Tool, RegExp>> = {
  argocd: /^(resources|pre-delete|post-delete)-finalizer\.argocd\.argoproj\.io(\/|$)/,
  flux: /^finalizers\.fluxcd\.io$/,
};
