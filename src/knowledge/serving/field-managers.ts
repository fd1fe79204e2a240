/**
 * Who wrote what, as `metadata.managedFields` of live objects records it: the manager that put a finalizer there is
 * mostly the one that takes it away, and a kind's `/status` is written by its controller. A manager is compared with
 * the names of a workload's programs.
 */

import type { Workload } from '../../graph/edge.ts';
import { fieldAt, mapOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import { isToolOfPeople, managedEntriesOf } from '../../objects/managed-fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCommonName, type Program, programsOf } from '../../objects/programs.ts';
import type { Candidates, Clue } from './candidates.ts';
import type { ServingFacts } from './serving-facts.ts';

/** Managers that own this finalizer's entry in the list. */
export function managersOfFinalizer(finalizer: string, object: KubernetesObject): string[] {
  return managedEntriesOf(object.metadata).flatMap(({ manager, fields }) => {
    const owned = mapOf(fieldAt(fields, 'f:metadata', 'f:finalizers'));
    return Object.hasOwn(owned, `v:${JSON.stringify(finalizer)}`) ? [manager] : [];
  });
}

/**
 * Whoever bears the name of the manager that wrote this finalizer. A name that every second operator has (`manager`)
 * only tells candidates apart.
 */
export function managedClues(facts: ServingFacts, finalizer: string, object: KubernetesObject, candidates: Candidates): Clue[] {
  const field = 'metadata.managedFields';
  return managersOfFinalizer(finalizer, object).flatMap((manager) =>
    writers(facts, manager, candidates).map(
      ({ workload, program }): Clue => ({
        workload,
        kind: 'manager',
        evidence: [
          facts.evidence(
            { object: facts.world.idOf(object), field, value: manager },
            `field manager ${manager} has set finalizer ${finalizer}`,
          ),
          facts.evidence({ object: workload.id, ...program }, 'is a program of that name'),
        ],
      }),
    ),
  );
}

/** Whoever bears the name of the manager that writes the status of the kind's objects. */
export function statusClues(facts: ServingFacts, object: KubernetesObject, candidates: Candidates): Clue[] {
  const instances =
    object.metadata.name === '' ? facts.world.ofKind(groupOf(object.apiVersion), object.kind).slice(0, 20) : [object];
  const seen = new Set<string>();
  return instances.flatMap((instance) =>
    managedEntriesOf(instance.metadata).flatMap(({ manager, subresource }) => {
      if (subresource !== 'status' || seen.has(manager)) return [];
      seen.add(manager);
      return writers(facts, manager, candidates).map(({ workload, program }): Clue => {
        const proof = { object: facts.world.idOf(instance), field: 'metadata.managedFields', value: manager };
        const evidence = [
          facts.evidence(proof, `field manager ${manager} writes the status`),
          facts.evidence({ object: workload.id, ...program }, 'is a program of that name'),
        ];
        return { workload, kind: 'manager', evidence };
      });
    }),
  );
}

/**
 * Only where the name fits one workload: nothing distinguishes two with the same name. A name that many operators use
 * needs more evidence than permission to change everything.
 */
function writers(facts: ServingFacts, manager: string, candidates: Candidates): { workload: Workload; program: Program }[] {
  if (isToolOfPeople(manager)) return [];
  const fits = facts.lasting.flatMap((workload) => {
    const program = namesOf(workload).find(({ value }) => isNamed(manager, value));
    return program ? [{ workload, program }] : [];
  });
  const isCommon = isCommonName(manager);
  const among = fits.filter(({ workload }) => (isCommon ? candidates.isSpecific(workload) : candidates.has(workload)));
  const found = among.length > 0 || isCommon ? among : fits;
  return found.length === 1 ? found : [];
}

/** `cert-manager-certificates-issuing` is a part of `cert-manager`. */
function isNamed(manager: string, program: string): boolean {
  return manager === program || (program.length >= 4 && !isCommonName(program) && manager.startsWith(`${program}-`));
}

function namesOf({ object, podSpec, podSpecPath }: Workload): Program[] {
  return [...programsOf(podSpec, podSpecPath), { field: 'metadata.name', value: object.metadata.name }];
}
