/**
 * Names that are alike: an operator is mostly called after what it serves, in its name, its image or its labels; and it
 * comes with its definitions.
 */

import type { Workload } from '../../graph/edge.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Candidates, Clue } from './candidates.ts';
import type { ServingFacts } from './serving-facts.ts';

/**
 * Workloads that are alike by name or came with the definition. Among those that have rights to the kind each counts;
 * of the others only those that have no rights at all that could be seen: whoever has other rights, and none to this,
 * does not serve it.
 *
 * @param seesRights false for built-in kinds, to which rights are not told apart: half of all workloads may change
 * Secrets
 */
export function nameClues(
  facts: ServingFacts,
  words: readonly string[],
  crd: KubernetesObject | undefined,
  candidates: Candidates,
  seesRights = true,
): Clue[] {
  return facts.lasting.flatMap((workload): Clue[] => {
    const isCandidate = candidates.has(workload);
    if (!isCandidate && seesRights && facts.hasRights(workload)) return [];
    const alike = likeness(workload, words);
    const clues: Clue[] = [];
    if (alike) {
      const evidence = [
        facts.evidence({ object: workload.id, field: alike.field, value: alike.value }, `is named after ${alike.word}`),
      ];
      clues.push({ workload, kind: 'name', evidence });
    }
    const release = isCandidate && crd ? sameRelease(workload.object, crd) : undefined;
    if (release) {
      const says = 'came with the CustomResourceDefinition of the kind';
      clues.push({ workload, kind: 'release', evidence: [facts.evidence({ object: workload.id, ...release }, says)] });
    }
    return clues;
  });
}

/** `cert-manager.io`, `Certificate` → `certmanager`, `certificate`. */
export function wordsOfKind(group: string, kind: string): string[] {
  return distinct([...group.split('.').slice(0, -1), kind]);
}

/** The same of a finalizer's domain. */
export function wordsOfDomain(domain: string): string[] {
  return distinct(domain.split('.').slice(0, -1));
}

/** Where one of the words stands in the workload's name, images or labels; written with and without hyphens alike. */
function likeness(workload: Workload, words: readonly string[]): { field: string; value: string; word: string } | undefined {
  for (const { field, value, tells = value } of namesOf(workload)) {
    const plain = plainly(tells);
    const word = words.find((each) => plain.includes(each));
    if (word !== undefined) return { field, value, word };
  }
  return undefined;
}

/** `tells`: the part that names the program, where that is not all. */
function namesOf({ object, podSpec, podSpecPath, podLabels }: Workload): { field: string; value: string; tells?: string }[] {
  const images = listOf(podSpec.containers).flatMap((container, index) => {
    const value = textOf(fieldAt(container, 'image'));
    return value === undefined
      ? []
      : [{ field: `${podSpecPath}.containers[${index}].image`, value: value.replace(/[:@].*$/, ''), tells: programIn(value) }];
  });
  const labels = ['app.kubernetes.io/name', 'app.kubernetes.io/part-of', 'app', 'k8s-app', 'name'].flatMap((key) => {
    const value = object.metadata.labels?.[key] ?? podLabels[key];
    return typeof value === 'string' ? [{ field: `metadata.labels[${key}]`, value }] : [];
  });
  return [{ field: 'metadata.name', value: object.metadata.name }, ...labels, ...images];
}

/** Every program of a publisher has the same registry, which tells none of them apart. */
function programIn(image: string): string {
  return image.replace(/^(localhost|[^/]*[.:][^/]*)\//, '').replace(/[:@].*$/, '');
}

/** Helm's release, or the labels that charts set for it. */
function sameRelease(workload: KubernetesObject, crd: KubernetesObject): { field: string; value: string } | undefined {
  const name = crd.metadata.annotations?.['meta.helm.sh/release-name'];
  const isSame = (key: string) => workload.metadata.annotations?.[key] === crd.metadata.annotations?.[key];
  if (name && isSame('meta.helm.sh/release-name') && isSame('meta.helm.sh/release-namespace'))
    return { field: 'metadata.annotations[meta.helm.sh/release-name]', value: name };
  const key = 'app.kubernetes.io/instance';
  const instance = crd.metadata.labels?.[key];
  return instance && workload.metadata.labels?.[key] === instance
    ? { field: `metadata.labels[${key}]`, value: instance }
    : undefined;
}

function plainly(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function distinct(words: readonly string[]): string[] {
  const plain = words.map(plainly).filter((word) => word.length >= 4 && !common.has(word));
  return [...new Set(plain)];
}

/** Words that tell nobody apart. */
const common = new Set([
  ...['operator', 'operators', 'controller', 'controllers', 'manager', 'toolkit', 'finalizer', 'finalizers', 'apps', 'core'],
  ...[
    'cluster',
    'example',
    'kubernetes',
    'sigs',
    'config',
    'configuration',
    'application',
    'service',
    'resource',
    'node',
    'agent',
  ],
  ...['policy', 'storage', 'network', 'networking', 'security', 'platform', 'cloud', 'system', 'admin', 'client', 'server'],
  ...['user', 'role', 'backup', 'restore', 'database', 'project', 'group', 'resourcesfinalizer', 'alpha', 'beta', 'test', 'main'],
]);
