/**
 * What would hold a Namespace or a CustomResourceDefinition that is not being deleted. A controller in the namespace
 * itself does not help: its Pods are deleted first, and then nothing removes its finalizers.
 */
import { describeId, describeRef, parseId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { definedBy, isCrd } from '../objects/scopes.ts';
import { isHidden } from '../reading/reader.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { leavingApis } from './api-services.ts';
import { type Blocker, isStuck } from './blocker.ts';
import { deleteObject } from './commands.ts';
import type { WhyContext } from './context.ts';
import { deadConversion, unreadableKinds } from './custom-resources.ts';
import { refusedIn } from './namespaces.ts';
import { deletingSince } from './since.ts';

/** So many are explained. */
const explained = 25;

export function wouldHold(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (deletingSince(object) !== undefined) return [];
  const content = contentOf(object, context);
  const base = { object: refOf(object), stuck: false, evidence: [], remedies: [] };
  const kind = isCrd(object) ? ('custom-resources' as const) : ('namespace-content' as const);
  const held = content
    .filter(({ metadata }) => (metadata.finalizers ?? []).length > 0)
    .flatMap((each) => {
      const here = inside(each, object, context);
      return here.length > 0 ? here : context.follow(each).filter((blocker) => blocker.kind === 'finalizer' && isStuck(blocker));
    });
  const name = describeRef(refOf(object));
  const staying = `${held.length} ${held.length === 1 ? 'finalizer' : 'finalizers'} in it would not be removed`;
  const refused = refusedWith(object, content, context);
  return [
    ...(refused.length > 0
      ? [{ ...base, kind, says: `${name}: some objects in it could not be deleted`, because: refused }]
      : []),
    ...(held.length > 0 ? [{ ...base, kind, says: `${name}: ${staying}`, because: held.slice(0, explained) }] : []),
  ];
}

/** What would refuse the deletion of what is in it, as a preview of the deletion finds it. */
function refusedWith(object: KubernetesObject, content: readonly KubernetesObject[], context: WhyContext): Blocker[] {
  const isUsed = content.length > 0 || isHidden(context.notSeen, object.metadata.name, undefined);
  if (isCrd(object)) return isUsed ? deadConversion(object, context) : [];
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return [];
  const leaving = { ...context, leaving: object.metadata.name };
  const unreadable = unreadableKinds(object.metadata.name, leaving);
  return [...leavingApis(leaving), ...unreadable, ...refusedIn(content, leaving)].slice(0, explained);
}

function contentOf(object: KubernetesObject, { world }: WhyContext): readonly KubernetesObject[] {
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') return world.inNamespace(object.metadata.name);
  if (!isCrd(object)) return [];
  const { group, kind } = definedBy(object);
  return world.ofKind(group, kind);
}

function beforehand(object: KubernetesObject, name: string, controller: string, context: WhyContext): ProposedRemedy {
  const remedy = deleteObject(object, context, `${name} and what its controller created for it`);
  return { ...remedy, says: `${remedy.says.slice(0, -1)} before the namespace, while ${controller} runs.` };
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
        remedies: [beforehand(object, name, controller, context)],
        because: [],
      },
    ];
  });
}
