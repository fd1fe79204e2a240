/**
 * An API service that does not answer. Its objects can be neither read nor deleted, and no namespace can be emptied,
 * because the namespace controller cannot list its contents.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { backendOf, nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import { deleteObject } from './commands.ts';
import type { WhyContext } from './context.ts';

/** Of a Namespace every one that is down; of an object the one that serves its API. */
export function unavailableApis(object: KubernetesObject, context: WhyContext): Blocker[] {
  const isNamespace = object.kind === 'Namespace' && object.apiVersion === 'v1';
  return context.world
    .ofKind('apiregistration.k8s.io', 'APIService')
    .filter((service) => isNamespace || versionOf(service) === object.apiVersion)
    .flatMap((service) => unavailable(service, context));
}

/** Those that would not answer any more, since what serves them is in the namespace that would go. */
export function leavingApis({ leaving, world, ...context }: WhyContext): Blocker[] {
  return world
    .ofKind('apiregistration.k8s.io', 'APIService')
    .filter((service) => leaving !== undefined && fieldAt(service, 'spec', 'service', 'namespace') === leaving)
    .map((service) => {
      const backend = backendOf(fieldAt(service, 'spec', 'service'), { ...context, world, leaving: leaving ?? '' });
      const says = `${nameOf(service)} would stop answering, and then no namespace can be emptied: ${backend.says}`;
      const remedies = [withoutApi(service, context)];
      return {
        kind: 'api-service',
        says,
        object: refOf(service),
        stuck: true,
        evidence: backend.evidence,
        remedies,
        because: [],
      };
    });
}

/** What is wrong with one, or nothing when it answers. */
function unavailable(service: KubernetesObject, context: WhyContext): Blocker[] {
  const available = listOf(fieldAt(service, 'status', 'conditions'))
    .map(mapOf)
    .find(({ type }) => type === 'Available');
  if (fieldAt(service, 'spec', 'service') === undefined || available === undefined || available.status === 'True') return [];
  const reason = textOf(available.reason) ?? 'Unavailable';
  const backend = backendOf(fieldAt(service, 'spec', 'service'), context);
  const name = nameOf(service);
  const says = textOf(available.message) ?? 'it does not answer';
  return [
    {
      kind: 'api-service',
      says: `${name} does not answer: ${backend.state === 'dead' ? backend.says : says}`,
      object: refOf(service),
      stuck: true,
      evidence: [
        { object: name, field: 'status.conditions[Available]', value: `${String(available.status)}: ${reason}`, says },
        ...backend.evidence,
      ],
      remedies: [...backend.remedies, withoutApi(service, context)],
      because: [],
    },
  ];
}

function withoutApi(service: KubernetesObject, kinds: Pick<WhyContext, 'kinds'>): ProposedRemedy {
  const loses = `the API ${versionOf(service)} until it is installed again, and the objects whose deletion waits for it`;
  return deleteObject(service, kinds, loses);
}

function versionOf(service: KubernetesObject): string {
  return `${textOf(fieldAt(service, 'spec', 'group')) ?? ''}/${textOf(fieldAt(service, 'spec', 'version')) ?? ''}`;
}
