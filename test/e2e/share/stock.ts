/**
 * Pods that the tests of a file look at together: all start side by side before the first test, and one that a failed
 * test has swept away is made again.
 */
import { before } from 'node:test';
import { isCode } from '../../../src/errors.ts';
import type { KubernetesObject } from '../../../src/objects/object.ts';
import type { TestBed } from '../support.ts';
import { untilReady } from './pods.ts';

/**
 * @param prepare what must be there before the first Pod; called again after a sweep
 * @returns waits until the Pod is ready
 */
export function useStock(
  bed: TestBed,
  pods: readonly KubernetesObject[],
  prepare: () => Promise<void>,
): (name: string) => Promise<KubernetesObject> {
  const start = async (pod: KubernetesObject) => {
    const { metadata } = pod;
    await bed.cluster.create({ ...pod, metadata: { ...metadata, namespace: bed.namespace } }).catch((error: unknown) => {
      if (!isCode(error, 'already-exists')) throw error;
    });
  };
  before(async () => {
    await prepare();
    await Promise.all(pods.map(start));
  });
  return async (name) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    if (!pod) throw new Error(`there is no Pod ${name} in stock`);
    if (!(await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: bed.namespace, name }))) {
      await prepare();
      await start(pod);
    }
    return untilReady(bed, name);
  };
}
