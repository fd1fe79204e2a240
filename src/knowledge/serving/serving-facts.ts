/**
 * The objects with what every question about serving needs: the index, the rights, and the workloads that can be
 * controllers at all.
 */

import type { Evidence, Workload, World } from '../../graph/edge.ts';
import { grantsIn } from '../../graph/rules/grants.ts';
import { bindingsOf, subjectsOf } from '../../graph/rules/role-binding.ts';
import { makeWorld } from '../../graph/world.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeId, groupOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { controllerOf } from '../../objects/owners.ts';
import { isWorkloadKind } from '../../objects/pod-template.ts';
import type { FindingEvidence } from '../evidence.ts';

export type ServingFacts = {
  world: World;
  grants: ReturnType<typeof grantsIn>;
  /** Workloads that run on and on, each the topmost of its Pods: Jobs, hooks and what they own are none. */
  lasting: readonly Workload[];
  /** The topmost workload of a workload, or undefined when that does not run on. */
  topOf(workload: Workload): Workload | undefined;
  /** Some role is bound to the account of this workload. Without any, its rights stand where nobody looked. */
  hasRights(workload: Workload): boolean;
  evidence(proof: Evidence, says: string): FindingEvidence;
};

export function servingFactsOf(objects: readonly KubernetesObject[]): ServingFacts {
  const world = makeWorld(objects);
  const byId = new Map(world.workloads.map((workload) => [workload.id, workload]));
  const topOf = (workload: Workload) => lastingTop(workload, world, byId);
  const lasting = [...new Set(world.workloads.flatMap((workload) => topOf(workload) ?? []))];
  let grants: ServingFacts['grants'] | undefined;
  let bound: Set<ObjectId> | undefined;
  return {
    world,
    grants: (group, resource) => {
      grants ??= grantsIn(world);
      return grants(group, resource);
    },
    lasting,
    topOf,
    hasRights(workload) {
      bound ??= new Set(boundWorkloads(world));
      return bound.has(workload.id);
    },
    evidence: ({ object, field, value }, says) => ({
      object: describeId(object),
      id: object,
      field,
      ...(value !== undefined && { value }),
      says,
    }),
  };
}

function lastingTop(workload: Workload, world: World, byId: ReadonlyMap<ObjectId, Workload>): Workload | undefined {
  const climbed = new Set<Workload>();
  let top = workload;
  while (!climbed.has(top)) {
    climbed.add(top);
    const reference = controllerOf(top.object);
    const owner = reference && world.byUid(reference.uid);
    const above = owner && byId.get(world.idOf(owner));
    // A Pod of a Job that nobody listed is a Job's all the same.
    if (reference && !above && isWorkloadKind(groupOf(reference.apiVersion), reference.kind) && ends.has(reference.kind))
      return undefined;
    if (above === undefined) break;
    top = above;
  }
  const { object } = top;
  const hasEnded = ['Succeeded', 'Failed'].includes(textOf(fieldAt(object, 'status', 'phase')) ?? '');
  return ends.has(object.kind) || hasEnded || object.metadata.annotations?.['helm.sh/hook'] !== undefined ? undefined : top;
}

const ends = new Set(['Job', 'CronJob']);

function boundWorkloads(world: World): ObjectId[] {
  return bindingsOf(world).flatMap((binding) =>
    subjectsOf(binding, world)
      .filter(({ group }) => !group)
      .flatMap(({ workloads }) => workloads.map(({ id }) => id)),
  );
}
