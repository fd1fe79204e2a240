/**
 * Who serves a kind, and who removes a finalizer: nothing in Kubernetes says so, so it is told from what operators
 * leave behind. An annotation names the controller, field managers have written, roles allow to write, names are alike.
 * Each of these is a clue with its field; `confidence.ts` says what clues are worth together. Where nothing speaks for
 * anybody the answer is nobody, never a guess.
 */

import { declared } from '../../graph/rules/controller.ts';
import { resourceOf } from '../../graph/rules/resource-of.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import { controllerAnnotation } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { controllerOf } from '../../objects/owners.ts';
import { isBuiltInGroup, isCrd } from '../../objects/scopes.ts';
import { Candidates } from './candidates.ts';
import { capped } from './clues.ts';
import { managedClues, managersOfFinalizer, statusClues } from './field-managers.ts';
import { domainOf, isOfCloud, isOfKubernetes, isRelated } from './finalizer-domain.ts';
import { nameClues, wordsOfDomain, wordsOfKind } from './likeness.ts';
import { rightsClues } from './rights.ts';
import type { Server, Serving } from './server.ts';
import { type ServingFacts, servingFactsOf } from './serving-facts.ts';
import { sidecarClues } from './sidecars.ts';

/**
 * @param objects everything that is known: of the subject and around it. Nothing is worked out before the first
 * question.
 */
export function servingOf(objects: readonly KubernetesObject[]): Serving {
  let known: ServingFacts | undefined;
  const facts = () => {
    known ??= servingFactsOf(objects);
    return known;
  };
  const byKind = new Map<string, readonly Server[]>();
  const byFinalizer = new Map<string, readonly Server[]>();
  return {
    controllersOf(group, kind) {
      const key = `${group}/${kind}`;
      const found = byKind.get(key) ?? ofKind(facts(), group, kind);
      byKind.set(key, found);
      return found;
    },
    serversOfFinalizer(finalizer, object) {
      if (isOfKubernetes(finalizer, object)) return 'kubernetes';
      const key = alike(finalizer, object);
      const found = byFinalizer.get(key) ?? ofFinalizer(facts(), finalizer, object);
      if (!hasOwnRights(facts(), object)) byFinalizer.set(key, found);
      return found.length === 0 && isOfCloud(finalizer) ? 'kubernetes' : found;
    },
  };
}

/** Objects about which everything that is asked has the same answer: a thousand of one kind are judged once. */
function alike(finalizer: string, object: KubernetesObject): string {
  const { apiVersion, kind, metadata } = object;
  const writers = listOf(metadata.managedFields).map((entry) => [fieldAt(entry, 'manager'), fieldAt(entry, 'subresource')]);
  const managers = managersOfFinalizer(finalizer, object);
  const named = metadata.annotations?.[controllerAnnotation];
  const isOwned = controllerOf(object) !== undefined;
  return JSON.stringify([finalizer, groupOf(apiVersion), kind, metadata.namespace, named, isOwned, managers, writers]);
}

/** Some role is about single objects of this kind, by their names. */
function hasOwnRights(facts: ServingFacts, object: KubernetesObject): boolean {
  const { group, resource } = resourceOf(object, facts.world);
  const { everywhere, inNamespace } = facts.grants(group, resource);
  return [...everywhere, ...(inNamespace.get(object.metadata.namespace ?? '') ?? [])].some(({ names }) => names !== undefined);
}

function ofKind(facts: ServingFacts, group: string, kind: string): readonly Server[] {
  if (isBuiltInGroup(group)) return [];
  const anyone = { apiVersion: `${group}/v1`, kind, metadata: { name: '' } };
  return ofDeclared(facts, anyone) ?? controllers(facts, anyone).servers();
}

function ofFinalizer(facts: ServingFacts, finalizer: string, object: KubernetesObject): readonly Server[] {
  const group = groupOf(object.apiVersion);
  const domain = domainOf(finalizer);
  const known = ofDeclared(facts, object);
  const isOwn = domain === undefined || isRelated(domain, group);
  if (known && isOwn) return known;
  const found = isOwn && !isBuiltInGroup(group) ? controllers(facts, object) : ofDomain(facts, domain, object);
  for (const clue of managedClues(facts, finalizer, object, found)) found.add(clue);
  for (const clue of sidecarClues(facts, finalizer)) found.add(clue);
  const servers = found.servers();
  if (servers.length > 0 || isOwn || isBuiltInGroup(group)) return servers;
  // A finalizer under a name that tells nothing, on a kind that somebody serves.
  return capped(known ?? controllers(facts, object).servers(), 'possible');
}

/** All that speaks for controllers of this object's kind. An object without a name stands for all of its kind. */
function controllers(facts: ServingFacts, object: KubernetesObject): Candidates {
  const found = new Candidates(facts);
  for (const clue of rightsClues(facts, object)) found.add(clue);
  const crd = facts.world.crdOf(groupOf(object.apiVersion), object.kind);
  for (const clue of nameClues(facts, wordsOfKind(groupOf(object.apiVersion), object.kind), crd, found)) found.add(clue);
  for (const clue of statusClues(facts, object, found)) found.add(clue);
  return found;
}

/** Somebody else's finalizer: whoever serves a kind of that domain, or bears its name. */
function ofDomain(facts: ServingFacts, domain: string | undefined, object: KubernetesObject): Candidates {
  const found = new Candidates(facts);
  if (domain === undefined) return found;
  const crds = facts.world.objects.filter(
    (object) => isCrd(object) && isRelated(domain, textOf(fieldAt(object, 'spec', 'group')) ?? ''),
  );
  for (const crd of crds) {
    const apiVersion = `${textOf(fieldAt(crd, 'spec', 'group'))}/v1`;
    const anyone = { apiVersion, kind: textOf(fieldAt(crd, 'spec', 'names', 'kind')) ?? '', metadata: { name: '' } };
    found.addAll(controllers(facts, anyone));
  }
  const seesRights = !isBuiltInGroup(groupOf(object.apiVersion));
  for (const clue of nameClues(facts, wordsOfDomain(domain), undefined, found, seesRights)) found.add(clue);
  return found;
}

/**
 * What the annotation names, on the object or its CustomResourceDefinition; undefined where there is none, nobody where
 * it names what is not here.
 */
function ofDeclared(facts: ServingFacts, object: KubernetesObject): readonly Server[] | undefined {
  if (controllerOf(object)) return undefined;
  const named = declared(object, facts.world);
  return named?.map(({ id, evidence }) => ({
    workload: id,
    confidence: 'certain' as const,
    isNamedAfter: false,
    evidence: evidence.map((each) => facts.evidence(each, `annotation ${controllerAnnotation} names the controller`)),
  }));
}
