/** Explains an API group that does not answer by its APIService. */
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { fieldAt, listOf, mapOf, textOf } from '../../objects/fields.ts';
import { shellWord } from '../../objects/shell-quote.ts';

/** The same error, with what the APIServices say. */
export async function silentApi(cluster: Cluster, error: BookendError): Promise<BookendError> {
  const apiVersion = 'apiregistration.k8s.io/v1';
  const items = await cluster.list({ apiVersion, kind: 'APIService' }).then(
    (list) => list.items,
    (failure: unknown) => {
      if (isCode(failure, 'forbidden', 'not-found')) return [];
      throw failure;
    },
  );
  const down = items.flatMap((service) => {
    const available = listOf(fieldAt(service, 'status', 'conditions'))
      .map(mapOf)
      .find(({ type }) => type === 'Available');
    if (available === undefined || available.status === 'True') return [];
    const backend = `Service ${textOf(fieldAt(service, 'spec', 'service', 'namespace'))}/${textOf(fieldAt(service, 'spec', 'service', 'name'))}`;
    return [
      {
        name: service.metadata.name,
        says: `APIService ${service.metadata.name} (${backend}): ${textOf(available.message) ?? 'does not answer'}`,
      },
    ];
  });
  const [first] = down;
  if (!first) return error;
  return new BookendError('unreachable', `${error.message}. ${down.map(({ says }) => says).join('; ')}`, {
    ...error.details,
    object: `APIService ${first.name}`,
    advice: `Repair its backend, or run kubectl delete ${shellWord(`apiservice/${first.name}`)}, which removes that API until it is installed again. For a kind of another group add the group, as in widgets.example.com/one.`,
  });
}
