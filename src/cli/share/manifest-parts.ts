/**
 * Splits a text of manifests at its lines of `---`. Each part is read, changed and checked separately, so a file of
 * thousands of documents costs only what its workloads cost. Documents that cannot contain a workload are not read.
 */

import { shareAnnotationPrefix } from '../../share/annotations.ts';

export type Part = {
  text: string;
  /** Where it begins in the whole text. */
  start: number;
  /** How many lines stand above it. */
  above: number;
};

/** The whole text as one part where its documents are parted by anything else than lines of `---` alone. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let [start, above] = [0, 0];
  for (const { index, 0: line } of text.matchAll(marks)) {
    if (!separator.test(line)) return [{ text, start: 0, above: 0 }];
    parts.push({ text: text.slice(start, index), start, above });
    above += linesIn(text, start, index) + 1;
    start = index + line.length;
  }
  return [...parts, { text: text.slice(start), start, above }];
}

/**
 * Lines that part documents, give directions to the reader, or look like it. A mark of the order of bytes may stand
 * in front of one.
 */
const marks = /^(?:---|\.\.\.|%|\uFEFF)[^\n]*(?:\n|$)/gm;
const separator = /^---[ \t]*(?:[ \t]#[^\n]*)?\r?(?:\n|$)/;

function linesIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/**
 * False only for a document whose kind is written plainly and cannot have Pods: a ConfigMap, a
 * CustomResourceDefinition, a custom resource without any containers. What is unusual in any way may hold one.
 */
export function mayHoldWorkload(text: string): boolean {
  if (!hasContent.test(text)) return false;
  const { apiVersion, kind } = plainIdentity(text) ?? {};
  if (apiVersion === undefined || kind === undefined) return true;
  if (kind.endsWith('List') || templateAction.test(text)) return true;
  // It may be a share in the wrong place, of which somebody is to be told.
  if (text.includes(shareAnnotationPrefix)) return true;
  if (isOfKubernetes(apiVersion)) return kindsWithPods.has(kind);
  // A key may be written with escapes.
  return text.includes('containers') || text.includes('workloadRef') || /\\[uUx\n\r]/.test(text);
}

/** Of a map in block style whose keys all stand plainly at the beginnings of their lines. */
function plainIdentity(text: string): { apiVersion: string; kind: string } | undefined {
  const found: Record<string, string[]> = { apiVersion: [], kind: [], metadata: [] };
  for (const [line] of text.matchAll(/^[^\s#][^\r\n]*/gm)) {
    const [, key = '', value = ''] = topLevelKey.exec(line) ?? [];
    // The items of a list may stand below its key without any indentation.
    if (key === '' && !line.startsWith('- ')) return undefined;
    found[key]?.push(value);
  }
  const [apiVersions, kinds] = [found.apiVersion ?? [], found.kind ?? []];
  const [apiVersion = '', kind = ''] = [apiVersions[0], kinds[0]].map((value) => plainWord.exec(value ?? '')?.[2]);
  const isSure = apiVersions.length === 1 && kinds.length === 1 && found.metadata?.length === 1;
  return isSure && apiVersion !== '' && kind !== '' ? { apiVersion, kind } : undefined;
}

const hasContent = /^[ \t]*[^\s#]/m;
const topLevelKey = /^([A-Za-z][\w.-]*):(?:[ \t]+(.*))?$/;
const plainWord = /^(["']?)([\w./-]+)\1[ \t]*(?:#.*)?$/;
/** Where a template that nobody has rendered has an action in the place of a value or of whole lines. */
const templateAction = /^\s*(?:- +)?\{\{|: +\{\{/m;

/** Groups without a dot cannot be of custom resources. */
function isOfKubernetes(apiVersion: string): boolean {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return !group.includes('.') || group === 'apiextensions.k8s.io';
}

const kindsWithPods: ReadonlySet<string> = new Set([
  'Pod',
  'PodTemplate',
  'ReplicationController',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
]);
