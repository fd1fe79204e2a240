/** The plan as text, with the evidence of its edges, and as diagrams. Pure. */
import type { Graph } from '../../graph/edge.ts';
import { ruleNamed } from '../../graph/rules.ts';
import { describeId, type ObjectId } from '../../objects/identity.ts';
import { oneLine } from '../../objects/visible-text.ts';
import { describeEdge } from '../../plan/cycle.ts';
import { describePlan } from '../../plan/describe.ts';
import { layersOf } from '../../plan/layers.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Circle } from '../../plan/untangle.ts';
import { objectsBefore } from '../plan-document.ts';
import { isGivenToEverybody } from './summary.ts';

/** One line for each object, numbered by wave. */
export function textOf(plan: Plan): string[] {
  const { waves } = layersOf(plan);
  const total = waves.flat().length;
  const head = `${total} ${total === 1 ? 'object' : 'objects'} in ${waves.length} ${waves.length === 1 ? 'wave' : 'waves'}:`;
  return [head, ...describePlan(plan)];
}

/** Every edge with the fields that prove it, and once for each rule what goes wrong without it. */
export function explanationOf({ edges, components, yielded = [] }: Graph, plan: Plan): string[] {
  const position = new Map(plan.steps.map(({ id }, index) => [id, index]));
  const at = (id: ObjectId) => position.get(id) ?? 0;
  const inOrder = [...edges].sort((a, b) => at(a.from) - at(b.from) || at(a.to) - at(b.to));
  const rules = [...new Set(inOrder.map(({ rule }) => rule))].sort();
  const depends = components.flatMap(({ name, dependsOn }) =>
    dependsOn.map((each) => `component ${name} needs component ${each} (dependsOn)`),
  );
  return [
    '',
    'Why:',
    ...[...inOrder.map(describeEdge), ...depends].map((text) => `  ${text}`),
    ...(yielded.length > 0
      ? ['', 'Dropped, because a proven edge says the opposite:', ...yielded.map((edge) => `  ${describeEdge(edge)}`)]
      : []),
    ...(rules.length > 0 ? ['', 'Rules:'] : []),
    ...rules.map((name) => `  ${name}: ${ruleNamed(name)?.why ?? ''}`),
  ];
}

/** What is needed and stays. That namespaces do, and what Kubernetes itself gives to everybody, is not worth a word. */
export function outsideText(outside: readonly ObjectId[]): string[] {
  const worthSaying = outside.filter((id) => !id.startsWith('Namespace/') && !isGivenToEverybody(id));
  if (worthSaying.length === 0) return [];
  const more = worthSaying.length - shownOutside;
  const names = worthSaying.slice(0, shownOutside).map(describeId);
  return ['', `Needed from outside: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

const shownOutside = 10;
const shownCircles = 3;

/** What has no order, with the fields that say so. */
export function circlesText(circles: readonly Circle[]): string[] {
  return circles
    .slice(0, shownCircles)
    .flatMap(({ objects, edges }) => [
      '',
      `${objects.length} objects need each other in a cycle and have no order among themselves:`,
      ...edges.slice(0, 2 * shownCircles).map((edge) => `  ${describeEdge(edge)}`),
      ...(edges.length > 2 * shownCircles ? [`  and ${edges.length - 2 * shownCircles} more edges; -o json lists all`] : []),
    ]);
}

/** Of a cluster: nothing is concluded from what could not be read. */
export function notSeenText(notSeen: readonly string[]): string[] {
  if (notSeen.length === 0) return [];
  return [
    '',
    ...notSeen.slice(0, 5).map((text) => `not seen: ${text}`),
    ...(notSeen.length > 5 ? [`not seen: ${notSeen.length - 5} more; -o json lists them`] : []),
  ];
}

/** A flowchart in which an arrow means "is gone before". */
export function mermaidOf(plan: Plan): string {
  const { names, arrows, kept } = diagram(plan);
  return [
    'flowchart TD',
    ...names.map(([key, label]) => `  ${key}["${mermaidText(label)}"]`),
    ...arrows.map(([from, to]) => `  ${from} --> ${to}`),
    ...kept.map((key) => `  style ${key} stroke-dasharray: 4`),
    '',
  ].join('\n');
}

/** Quotes end a label, hashes begin an entity, `%%{` a directive; what stands between angle brackets is markup. */
function mermaidText(label: string): string {
  return oneLine(label).replaceAll(/["#%<>{}`\\]/g, (character) => `#${character.charCodeAt(0)};`);
}

/** The same for Graphviz. */
export function dotOf(plan: Plan): string {
  const { names, arrows, kept } = diagram(plan);
  const isKept = new Set(kept);
  return [
    'digraph teardown {',
    '  node [shape=box];',
    ...names.map(([key, label]) => `  ${key} [label=${JSON.stringify(label)}${isKept.has(key) ? ', style=dashed' : ''}];`),
    ...arrows.map(([from, to]) => `  ${from} -> ${to};`),
    '}',
    '',
  ].join('\n');
}

/** Nodes with short keys; kept objects stand apart, with nothing that leads to them. */
function diagram(plan: Plan) {
  const steps = plan.steps.filter(({ mode }) => mode !== 'barrier');
  const keys = new Map(steps.map(({ id }, index) => [id, `n${index}`]));
  const before = objectsBefore(plan);
  const suffix = { keep: ' (kept)', await: ' (waited for)', delete: '', barrier: '' };
  return {
    names: steps.map(({ id, mode }) => [keys.get(id) ?? '', `${describeId(id)}${suffix[mode]}`] as const),
    arrows: steps.flatMap(({ id }) => (before.get(id) ?? []).map((from) => [keys.get(from) ?? '', keys.get(id) ?? ''] as const)),
    kept: steps.filter(({ mode }) => mode === 'keep').map(({ id }) => keys.get(id) ?? ''),
  };
}
