/**
 * Whether what the API server calls answers: webhooks, conversions and aggregated APIs answer as long as their Service
 * has a ready Pod behind it. Addresses outside of the cluster, and Services without a selector, always do.
 */
import { fieldAt, textMapOf, textOf } from '../../../../objects/fields.ts';
import { numberOf } from '../../json.ts';
import { isReady, isTerminating } from '../../pods.ts';
import type { Store } from '../store.ts';

type ServiceName = { namespace: string; name: string };

/** Whether that Service answers; undefined leaves it to the Pods behind it. */
export type Answers = (service: ServiceName) => boolean | undefined;

export type Backends = {
  /**
   * Why a call to the Service of a `clientConfig` (or an APIService's `service`) fails now, in the API server's words;
   * undefined when it is answered.
   */
  failure(service: unknown): string | undefined;
};

export function backendsOf(store: Store, answers: Answers = () => undefined): Backends {
  return {
    failure(service) {
      const namespace = textOf(fieldAt(service, 'namespace'));
      const name = textOf(fieldAt(service, 'name'));
      if (namespace === undefined || name === undefined) return undefined;
      const told = answers({ namespace, name });
      if (told !== undefined) return told ? undefined : refusedBy(service);
      const found = store.get('services', namespace, name);
      if (found === undefined) return `service "${name}" not found`;
      const selector = Object.entries(textMapOf(fieldAt(found.spec, 'selector')));
      if (selector.length === 0) return undefined;
      const isUp = store
        .all('pods', namespace)
        .some(
          (pod) =>
            isReady(pod) && !isTerminating(pod) && selector.every(([label, value]) => pod.metadata.labels?.[label] === value),
        );
      return isUp ? undefined : refusedBy(service);
    },
  };
}

/** The URL that a webhook is called at. @param defaultPath where the configuration names none */
export function urlOf(service: unknown, timeoutSeconds: number): string {
  const path = textOf(fieldAt(service, 'path')) ?? '';
  const port = numberOf(fieldAt(service, 'port')) ?? 443;
  const host = `${String(fieldAt(service, 'name'))}.${String(fieldAt(service, 'namespace'))}.svc`;
  return `https://${host}:${port}${path.startsWith('/') || path === '' ? path : `/${path}`}?timeout=${timeoutSeconds}s`;
}

/**
 * kube-proxy refuses connections to a Service without endpoints. The address itself is not simulated; an API server
 * that routes to Pods by itself (`--enable-aggregator-routing`) says `no endpoints available for service` instead.
 */
function refusedBy(service: unknown): string {
  return `no endpoints available for service "${String(fieldAt(service, 'name'))}"`;
}
