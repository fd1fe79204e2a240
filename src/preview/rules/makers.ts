/** Who made an object that no manifest has: its field manager names the program, and the program a workload. */
import type { Workload } from '../../graph/edge.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCommonName, programsOf } from '../../objects/programs.ts';
import type { RuleInput } from './rule-input.ts';

/**
 * The workload of the uninstall that has a program of this name. A second release of the same operator has the same
 * programs, so then only objects in its own namespace are attributed to each.
 */
export type Makers = {
  /** Only names that mean one thing: every chart has a `controller`. */
  byOwnName(name: string | undefined, made: KubernetesObject): ObjectId | undefined;
  /** Names that many programs have, too: alone they prove nothing. */
  byAnyName(name: string | undefined, made: KubernetesObject): ObjectId | undefined;
};

export function makersIn(input: RuleInput): Makers {
  const workloads = input.world.workloads.filter(({ id }) => input.isDeleted(id) || input.goneAt(id) === undefined);
  const byName = Map.groupBy(
    workloads.flatMap((workload) => [...new Set(namesOfWorkload(workload))].map((name) => ({ name, workload }))),
    ({ name }) => name,
  );
  const byAnyName: Makers['byAnyName'] = (name, { metadata }) => {
    const all = (name === undefined ? undefined : byName.get(name)) ?? [];
    const near = all.filter(({ workload }) => workload.namespace === metadata.namespace);
    const isOurs = ({ workload }: { workload: Workload }) => input.isDeleted(workload.id);
    const among = all.every(isOurs) ? all : near.every(isOurs) ? near : [];
    // Its webhook runs the same image: the one that is called so itself is meant.
    const called = among.find(({ workload }) => isCalled(workload.object.metadata.name, name));
    return (called ?? among.at(-1))?.workload.id;
  };
  return {
    byAnyName,
    byOwnName: (name, made) => (name === undefined || isGeneric(name) || isCommonName(name) ? undefined : byAnyName(name, made)),
  };
}

/** `shop-widget-operator` of the release `shop` is called `widget-operator`. */
function isCalled(workload: string, name: string | undefined): boolean {
  return name !== undefined && (workload === name || workload.endsWith(`-${name}`));
}

function namesOfWorkload({ object, podSpec, podSpecPath }: Workload): string[] {
  return [object.metadata.name, ...programsOf(podSpec, podSpecPath).map(({ value }) => value)];
}

function isGeneric(name: string): boolean {
  return !name.includes('-') || /^(controller|manager|operator|server|kube)-(manager|controller|server|plane)$/.test(name);
}
