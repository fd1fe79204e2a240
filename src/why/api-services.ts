/**
 * An API service that does not answer: its objects can be neither read nor deleted, and no namespace can be emptied,
 * since nobody knows what is in it.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { backendOf, nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import { named } from './commands.ts';
import type { WhyContext } from './context.ts';

/** Of a Namespace every one that is down; of an object the one that serves its API. */
export function unavailableApis(object: KubernetesObject, context: WhyContext): Blocker[] {
  const isNamespace = object.kind === 'Namespace' && object.apiVersion === 'v1';
  return context.world
    .ofKind('apiregistration.k8s.io', 'APIService')
    .filter((service) => isNamespace || versionOf(service) === object.apiVersion)
    .flatMap((service) => unavailable(service, context));
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
      help: [
        ...backend.help,
        {
          command: `kubectl delete ${named(service, context)}`,
          loses: `the API ${versionOf(service)}, until it is installed again`,
        },
      ],
      because: [],
    },
  ];
}

function versionOf(service: KubernetesObject): string {
  return `${textOf(fieldAt(service, 'spec', 'group')) ?? ''}/${textOf(fieldAt(service, 'spec', 'version')) ?? ''}`;
}
