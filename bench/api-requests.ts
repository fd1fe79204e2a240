/** The number of requests that the API server answered, from its own metrics: the same count for every tool. */
import type { RawClient } from './raw-client.ts';

/** Watches are counted when they end. */
const line = /^apiserver_request_total\{([^}]*)\} (\S+)$/gm;

/**
 * The requests for these resources so far, of all users.
 * @param resources their plural names
 */
export async function requestsSoFar(client: RawClient, resources: readonly string[]): Promise<number> {
  return countRequests(await client.text('/metrics'), resources);
}

/** The sum over all verbs, answers and subresources. */
export function countRequests(metrics: string, resources: readonly string[]): number {
  let total = 0;
  for (const [, labels = '', value = ''] of metrics.matchAll(line)) {
    const [, resource = ''] = /(?:^|,)resource="([^"]*)"/.exec(labels) ?? [];
    if (resources.includes(resource)) total += Number(value);
  }
  return total;
}
