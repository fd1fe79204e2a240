/**
 * What would hold a Namespace or a CustomResourceDefinition that nobody deletes yet: finalizers of what would go with
 * it. A controller that lives in the namespace itself is no help: its Pods go first, and then nobody is left to remove
 * them.
 */
import { describeId, describeRef, parseId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { definedBy, isCrd } from '../objects/scopes.ts';
import { type Blocker, isStuck } from './blocker.ts';
import { named } from './commands.ts';
import type { WhyContext } from './context.ts';
import { deletingSince } from './since.ts';

/** So many are explained. */
const explained = 25;

export function wouldHold(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (deletingSince(object) !== undefined) return [];
  const content = contentOf(object, context).filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
  const because = content.flatMap((each) => {
    const here = inside(each, object, context);
    return here.length > 0 ? here : context.follow(each).filter(isStuck);
  });
  if (because.length === 0) return [];
  const name = describeRef(refOf(object));
  const says = `${name}: ${because.length} ${because.length === 1 ? 'finalizer' : 'finalizers'} of what would go with it would stay`;
  return [
    {
      kind: isCrd(object) ? 'custom-resources' : 'namespace-content',
      says,
      object: refOf(object),
      stuck: false,
      evidence: [],
      help: [],
      because: because.slice(0, explained),
    },
  ];
}

function contentOf(object: KubernetesObject, { world }: WhyContext): readonly KubernetesObject[] {
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') return world.inNamespace(object.metadata.name);
  if (!isCrd(object)) return [];
  const { group, kind } = definedBy(object);
  return world.ofKind(group, kind);
}

/** All who serve it run in the namespace that would go. */
function inside(object: KubernetesObject, place: KubernetesObject, context: WhyContext): Blocker[] {
  if (place.kind !== 'Namespace') return [];
  return (object.metadata.finalizers ?? []).flatMap((finalizer, index): Blocker[] => {
    const servers = context.serving.serversOfFinalizer(finalizer, object);
    if (servers === 'kubernetes') return [];
    const [server] = servers;
    if (!server || servers.some(({ workload }) => parseId(workload).namespace !== place.metadata.name)) return [];
    const name = describeRef(refOf(object));
    const controller = describeId(server.workload);
    return [
      {
        kind: 'finalizer',
        says: `finalizer ${finalizer} on ${name}: its controller ${controller} is in the same namespace, and its Pods would go first`,
        object: refOf(object),
        stuck: true,
        evidence: [
          {
            object: name,
            field: `metadata.finalizers[${index}]`,
            value: finalizer,
            says: 'keeps the object until it is removed',
          },
        ],
        help: [
          {
            command: `kubectl delete ${named(object, context)}`,
            loses: `${name} and what was made out of it; to be done before the namespace is deleted, while ${controller} runs`,
          },
        ],
        because: [],
      },
    ];
  });
}
