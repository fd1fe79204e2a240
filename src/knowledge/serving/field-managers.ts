/**
 * Who wrote what, as `metadata.managedFields` of live objects records it: the manager that put a finalizer there is
 * mostly the one that takes it away, and a kind's `/status` is written by its controller. A manager is a word that a
 * program chose for itself, by default the name of its binary (client-go `DefaultKubernetesUserAgent`), so it is
 * compared with the names of a workload's programs.
 */

import type { Workload } from '../../graph/edge.ts';
import { fieldAt, isMap, listOf, mapOf, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCommonName, type Program, programsOf } from '../../objects/programs.ts';
import type { Candidates, Clue } from './candidates.ts';
import type { ServingFacts } from './serving-facts.ts';

/** Managers that own this finalizer's entry in the list. */
export function managersOfFinalizer(finalizer: string, object: KubernetesObject): string[] {
  return entriesOf(object).flatMap(({ manager, fields }) => {
    const owned = mapOf(fieldAt(fields, 'f:metadata', 'f:finalizers'));
    return Object.hasOwn(owned, `v:${JSON.stringify(finalizer)}`) ? [manager] : [];
  });
}

/**
 * Whoever bears the name of the manager that wrote this finalizer. A name that every second operator has (`manager`)
 * only tells candidates apart.
 */
export function managedClues(around: ServingFacts, finalizer: string, object: KubernetesObject, candidates: Candidates): Clue[] {
  const field = 'metadata.managedFields';
  return managersOfFinalizer(finalizer, object).flatMap((manager) =>
    writers(around, manager, candidates).map(
      ({ workload, program }): Clue => ({
        workload,
        kind: 'manager',
        evidence: [
          around.evidence(
            { object: around.world.idOf(object), field, value: manager },
            `field manager ${manager} has set finalizer ${finalizer}`,
          ),
          around.evidence({ object: workload.id, ...program }, 'is a program of that name'),
        ],
      }),
    ),
  );
}

/** Whoever bears the name of the manager that writes the status of the kind's objects. */
export function statusClues(around: ServingFacts, object: KubernetesObject, candidates: Candidates): Clue[] {
  const instances =
    object.metadata.name === '' ? around.world.ofKind(groupOf(object.apiVersion), object.kind).slice(0, 20) : [object];
  const seen = new Set<string>();
  return instances.flatMap((instance) =>
    entriesOf(instance).flatMap(({ manager, subresource }) => {
      if (subresource !== 'status' || seen.has(manager)) return [];
      seen.add(manager);
      return writers(around, manager, candidates).map(({ workload, program }): Clue => {
        const proof = { object: around.world.idOf(instance), field: 'metadata.managedFields', value: manager };
        const evidence = [
          around.evidence(proof, `field manager ${manager} writes the status`),
          around.evidence({ object: workload.id, ...program }, 'is a program of that name'),
        ];
        return { workload, kind: 'manager', evidence };
      });
    }),
  );
}

/** Only where the name fits one workload: two that are called alike are told apart by nothing. */
function writers(around: ServingFacts, manager: string, candidates: Candidates): { workload: Workload; program: Program }[] {
  if (people.test(manager)) return [];
  const fits = around.lasting.flatMap((workload) => {
    const program = namesOf(workload).find(({ value }) => isNamed(manager, value));
    return program ? [{ workload, program }] : [];
  });
  const among = fits.filter(({ workload }) => candidates.has(workload));
  const found = among.length > 0 || isCommonName(manager) ? among : fits;
  return found.length === 1 ? found : [];
}

/** `cert-manager-certificates-issuing` is a part of `cert-manager`. */
function isNamed(manager: string, program: string): boolean {
  return manager === program || (program.length >= 4 && !isCommonName(program) && manager.startsWith(`${program}-`));
}

function namesOf({ object, podSpec, podSpecPath }: Workload): Program[] {
  return [...programsOf(podSpec, podSpecPath), { field: 'metadata.name', value: object.metadata.name }];
}

/** Tools that people and pipelines write with: whoever set a finalizer with these does not serve it. */
const people =
  /^(kubectl|helm|Helm|argocd-controller|kustomize-controller|helm-controller|before-first-apply|Go-http-client|unknown|curl|node-fetch|Mozilla)/;

type Entry = { manager: string; subresource?: string; fields: unknown };

function entriesOf({ metadata }: KubernetesObject): Entry[] {
  return listOf(metadata.managedFields).flatMap((entry) => {
    const manager = textOf(fieldAt(entry, 'manager'));
    if (manager === undefined || !isMap(entry)) return [];
    const subresource = textOf(entry.subresource);
    return [{ manager, ...(subresource && { subresource }), fields: entry.fieldsV1 }];
  });
}
