/** Whether what a webhook or an API service points to answers: a Service with a ready Pod behind it. Addresses outside of the cluster answer always, as far as is known. */
import type { ApiServer } from '../../../cluster/simulated/api-server.ts';
import { isReady, isTerminating } from '../../../cluster/simulated/pods.ts';
import { fieldAt, textMapOf, textOf } from '../../../objects/fields.ts';

/** Why the backend of a `service` reference does not answer now, in the API server's words; undefined when it does. */
export type Backends = { silent(service: unknown): string | undefined };

/**
 * @param looked a live cluster was read, so a Service that is not there does not exist. Otherwise one that is not there at the beginning is taken to be another
 *   release's, and to answer.
 */
export function backendsOf(server: ApiServer, looked: boolean): Backends {
  const { store } = server;
  const elsewhere = new Set<string>();
  const known = new Set(store.all('services').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return {
    silent(service) {
      const namespace = textOf(fieldAt(service, 'namespace'));
      const name = textOf(fieldAt(service, 'name'));
      if (namespace === undefined || name === undefined) return undefined;
      const key = `${namespace}/${name}`;
      if (!looked && !known.has(key)) elsewhere.add(key);
      if (elsewhere.has(key)) return undefined;
      const found = store.get('services', namespace, name);
      if (found === undefined) return `service "${name}" not found`;
      const selector = Object.entries(textMapOf(fieldAt(found.spec, 'selector')));
      // Its addresses are written by hand, or it has a name outside.
      if (selector.length === 0) return undefined;
      const answers = store
        .all('pods', namespace)
        .some(
          (pod) =>
            isReady(pod) && !isTerminating(pod) && selector.every(([label, value]) => pod.metadata.labels?.[label] === value),
        );
      return answers ? undefined : `no endpoints available for service "${name}"`;
    },
  };
}
