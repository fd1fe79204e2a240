/** The ControllerRevision that DaemonSets and StatefulSets keep of each of their Pod templates: a child to reckon with when counting what is left. */
import { fieldAt, mapOf } from '../../../objects/fields.ts';
import { controllerReference } from '../pods.ts';
import { contentName } from '../random.ts';
import type { Stored } from '../store.ts';
import { controllerManager } from '../user.ts';
import type { Environment } from './environment.ts';

export const revisionLabel = 'controller-revision-hash';

/** The name of the revision of the owner's present template; its object is made when it is missing. */
export function currentRevision(env: Environment, owner: Stored): string {
  const template = mapOf(fieldAt(owner.spec, 'template'));
  const hash = contentName(template);
  const { name, namespace = '', labels } = owner.metadata;
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
