/**
 * What a Helm release installed, by the manifest that Helm stored of it. Helm's annotations on the objects themselves
 * prove nothing: whoever may change an object could have it deleted by writing them.
 */
import type { Cluster } from '../../cluster/port.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import { subjectOf } from '../../reading/manifests.ts';
import { readRelease } from '../../reading/release.ts';
import { scopesOf } from '../../reading/surroundings.ts';

/**
 * Hooks are not among them: Helm does not count them as the release's.
 * @throws BookendError `not-found` when there is no such release; `forbidden` when Secrets may not be read
 */
export async function installedBy(cluster: Cluster, name: string, namespace: string): Promise<ReadonlySet<ObjectId>> {
  const [release, scope] = await Promise.all([readRelease(cluster, name, namespace), scopesOf(cluster)]);
  const { subject } = subjectOf(release.documents, { from: 'release', name, namespace, scope });
  return new Set([...subject.objects, ...subject.crds].map(({ object }) => idOf(object)));
}
