/**
 * The ControllerRevision that DaemonSets and StatefulSets keep of each of their Pod templates: a child to reckon with
 * when counting what is left.
 */
import { fieldAt, mapOf } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { controllerManager } from '../api/user.ts';
import { controlledBy, controllerReference, sameTemplate } from '../pods.ts';
import { contentName } from '../random.ts';
import type { Environment } from './environment.ts';

export const revisionLabel = 'controller-revision-hash';

/** The hash of the owner's present template; the object of that revision is made when it is missing. */
export function currentRevision(env: Environment, owner: Stored): string {
  const template = mapOf(fieldAt(owner.spec, 'template'));
  const revisions = controlledBy(env.server.store, owner, 'controllerrevisions.apps');
  const present = revisions.find((revision) => sameTemplate(fieldAt(revision.data, 'spec', 'template'), template));
  if (present) return hashIn(present, owner);
  const { name, namespace = '', labels } = owner.metadata;
  const hash = (revisions.length === 0 && hashOfPods(env, owner)) || contentName(template);
  const revisionName = `${name}-${hash}`;
  if (!env.server.store.get('controllerrevisions.apps', namespace, revisionName)) {
    env.server.create(
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: revisionName,
          namespace,
          labels: { ...labels, ...(fieldAt(template, 'metadata', 'labels') as Record<string, string>), [revisionLabel]: hash },
          ownerReferences: [controllerReference(owner)],
        },
        data: { spec: { template } },
        revision: owner.metadata.generation ?? 1,
      },
      { user: controllerManager, manager: 'kube-controller-manager' },
    );
  }
  return hash;
}

function hashIn({ metadata }: Stored, owner: Stored): string {
  return metadata.labels?.[revisionLabel] ?? metadata.name.slice(owner.metadata.name.length + 1);
}

/**
 * Of a workload whose Pods are known and whose revisions are not: the hash that they carry. Once its status was told
 * its Pods are up to date.
 */
function hashOfPods({ server }: Environment, owner: Stored): string | undefined {
  if (fieldAt(owner.status, 'observedGeneration') !== owner.metadata.generation) return undefined;
  const [pod] = controlledBy(server.store, owner, 'pods');
  const hash = pod?.metadata.labels?.[revisionLabel];
  return hash?.startsWith(`${owner.metadata.name}-`) ? hash.slice(owner.metadata.name.length + 1) : hash;
}
