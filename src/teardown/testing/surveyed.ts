/** Surveys of small clusters, for the tests of the survey and of its plan. */
import { makeSimulatedCluster } from '../../cluster/simulated/index.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { type Survey, survey } from '../survey.ts';
import { namespace } from './samples.ts';

/** A cluster with these objects, and the survey of those that are `given`. */
export async function surveyed(objects: KubernetesObject[], given: KubernetesObject[]): Promise<Survey> {
  const { cluster, settle } = makeSimulatedCluster();
  await cluster.create(namespace());
  for (const object of objects) {
    const owners = object.metadata.ownerReferences;
    const owner = owners?.[0] && (await cluster.get({ ...owners[0], namespace: 'agents' }));
    const uid = owner?.metadata.uid;
    const metadata = uid ? { ...object.metadata, ownerReferences: owners?.map((each) => ({ ...each, uid })) } : object.metadata;
    await cluster.create({ ...object, metadata } as KubernetesObject);
    await settle(object.kind === 'CustomResourceDefinition' ? 200 : 0);
  }
  await settle();
  const live = await Promise.all(given.map((object) => cluster.get(refOf(object))));
  return survey(
    cluster,
    live.flatMap((object) => object ?? []),
  );
}

/** The child with the owner as its controller; `surveyed` fills in the owner's UID. */
export const madeBy = (owner: KubernetesObject, child: KubernetesObject): KubernetesObject => ({
  ...child,
  metadata: { ...child.metadata, ownerReferences: [{ ...refOf(owner), uid: '', controller: true, blockOwnerDeletion: true }] },
});
