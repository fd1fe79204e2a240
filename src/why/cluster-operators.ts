/** The blockers that a ClusterOperator reports in its status, and the state of its operator. */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { describeId, describeRef, groupOf, type ObjectId, refOf } from '../objects/identity.ts';
import { bookendGroup, teardownFinalizer } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Blocker } from './blocker.ts';
import { removeFinalizer } from './commands.ts';
import type { WhyContext } from './context.ts';
import { controllerState } from './controllers.ts';
import { mayUpdate } from './rights.ts';
import { deletingSince } from './since.ts';

export function clusterOperatorBlockers(operator: KubernetesObject, context: WhyContext): Blocker[] {
  const isOurs = operator.kind === 'ClusterOperator' && groupOf(operator.apiVersion) === bookendGroup;
  if (!isOurs || deletingSince(operator) === undefined || !(operator.metadata.finalizers ?? []).includes(teardownFinalizer))
    return [];
  return [...ofTeardown(operator, context), ...ofController(operator, context)];
}

function ofTeardown(operator: KubernetesObject, context: WhyContext): Blocker[] {
  const teardown = mapOf(fieldAt(operator, 'status', 'teardown'));
  const name = describeRef(refOf(operator));
  const open = listOf(teardown.objects)
    .map(mapOf)
    .filter(({ state, blocker }) => textOf(blocker) !== undefined && (state === 'Deleting' || state === 'Blocked'));
  return open.map(({ object, state, blocker, waitsFor }): Blocker => {
    const id = (textOf(object) ?? '') as ObjectId;
    // A workload is gone before its Pods are.
    const live = context.world.byId(id) ?? context.world.byId((textOf(waitsFor) ?? '') as ObjectId);
    return {
      kind: 'clusteroperator',
      says: `${describeId(id)}: ${textOf(blocker)}`,
      ...(live && { object: refOf(live) }),
      stuck: state === 'Blocked',
      evidence: [
        {
          object: name,
          field: `status.teardown.objects[${id}].blocker`,
          value: String(state),
          says: 'as the operator reports it',
        },
      ],
      remedies: [],
      because: live ? context.follow(live) : [],
    };
  });
}

/** The operator itself: without it nothing of this goes on. */
function ofController(operator: KubernetesObject, context: WhyContext): Blocker[] {
  const servers = context.serving.serversOfFinalizer(teardownFinalizer, operator);
  if (servers === 'kubernetes') return [];
  const states = servers.map(({ workload }) => controllerState(workload, context));
  const working = states.find(
    ({ trouble, object }) => trouble === undefined && object && mayUpdate(object, operator, context) !== false,
  );
  if (working) return [];
  const [dead] = states;
  const name = describeRef(refOf(operator));
  const says = dead
    ? `the Bookend operator ${dead.name} ${dead.trouble ?? 'may not update it'}`
    : 'no Bookend operator could be found in this cluster; once one runs, it goes on where it stopped';
  return [
    {
      kind: 'controller',
      says: `finalizer ${teardownFinalizer} on ${name}: ${says}`,
      object: refOf(operator),
      stuck: true,
      evidence: dead?.evidence ?? [],
      remedies: [...(dead?.remedies ?? []), removeFinalizer(operator, teardownFinalizer, context)],
      because: [],
    },
  ];
}
