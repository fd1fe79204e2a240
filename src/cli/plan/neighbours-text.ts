/**
 * The neighbours of an object as text: what breaks without it and what it needs, each with the field that proves it.
 * Pure.
 */
import type { Edge } from '../../graph/edge.ts';
import type { Neighbours, Reached } from '../../graph/neighbours.ts';
import { ruleNamed } from '../../graph/rules.ts';
import { describeId, type ObjectId } from '../../objects/identity.ts';
import { isGivenToEverybody } from './summary.ts';

/** So many of each are named; -o json has all. */
const shown = 40;
const shownMade = 6;
const shownProofs = 3;

/** Of makers of makers: nobody's chain is deeper, and a circle of owners would have no end. */
const deepest = 8;

export function neighboursText(neighbours: Neighbours): string[] {
  const { of, makers, made, neededBy, needs } = neighbours;
  const users = folded(neededBy);
  const children = new Set([...made, ...[...neededBy, ...needs].filter(({ maker }) => maker !== undefined)].map(({ id }) => id));
  const own = needs.filter(({ id }) => !isGivenToEverybody(id));
  const top = makers.at(-1);
  return [
    describeId(of),
    ...(top === undefined
      ? []
      : [`  was created by ${makers.map(describeId).join(', by ')}, which recreates it if you delete it alone`]),
    ...(made.length > 0
      ? [`  its deletion also deletes ${made.length} ${made.length === 1 ? 'child' : 'children'}: ${names(made)}`]
      : []),
    '',
    neededBy.length === 0
      ? 'No object that Bookend can see needs it.'
      : `${counted(neededBy.length)} ${neededBy.length === 1 ? 'needs' : 'need'} it, directly or indirectly:`,
    ...list(users, of, children),
    ...consequences(neededBy),
    '',
    needs.length === 0 ? 'It needs nothing.' : `It needs ${counted(needs.length)}, directly or indirectly:`,
    ...list(folded(own), of, children),
    ...(own.length < needs.length ? [`  and ${needs.length - own.length} that Kubernetes creates by default`] : []),
  ];
}

type Line = { reached: Reached; withIt: number };

/** What was made out of something in the list is counted there and not shown itself. */
function folded(all: readonly Reached[]): Line[] {
  const makers = new Map(all.map(({ id, maker }) => [id, maker]));
  const topOf = (id: ObjectId): ObjectId => {
    let top = id;
    for (let steps = 0; steps < deepest; steps += 1) {
      const maker = makers.get(top);
      if (maker === undefined || !makers.has(maker)) break;
      top = maker;
    }
    return top;
  };
  const counts = Map.groupBy(all, ({ id }) => topOf(id));
  return all
    .filter(({ id }) => topOf(id) === id)
    .map((reached) => ({ reached, withIt: (counts.get(reached.id)?.length ?? 1) - 1 }));
}

function list(lines: readonly Line[], of: ObjectId, made: ReadonlySet<ObjectId>): string[] {
  const more = lines.length - shown;
  return [
    ...lines
      .slice(0, shown)
      .flatMap(({ reached, withIt }) => [
        `  ${describeId(reached.id)}${withIt > 0 ? `, with ${withIt} ${withIt === 1 ? 'child' : 'children'}` : ''}`,
        ...tellingEdges(reached, of, made).map((edge) => `      ${proof(edge, reached.id, of)}`),
      ]),
    ...(more > 0 ? [`  and ${more} more; -o json lists all`] : []),
  ];
}

/**
 * One for each rule: to the object itself, else to what nobody made, before those to what was made out of something.
 */
function tellingEdges({ id, by }: Reached, of: ObjectId, made: ReadonlySet<ObjectId>): Edge[] {
  const rank = (edge: Edge) => {
    const other = otherEnd(edge, id);
    return other === of ? 2 : Number(!made.has(other));
  };
  const byRule = new Map<string, Edge>();
  for (const edge of [...by].sort((a, b) => rank(b) - rank(a))) if (!byRule.has(edge.rule)) byRule.set(edge.rule, edge);
  return [...byRule.values()].slice(0, shownProofs);
}

/**
 * `volume: spec.volumes[0].secret.secretName = token`; with what it goes through where that is not the object itself.
 */
function proof({ from, to, rule, certainty, evidence }: Edge, id: ObjectId, of: ObjectId): string {
  const other = otherEnd({ from, to }, id);
  const through = other === of ? '' : `${from === id ? 'needs' : 'for'} ${describeId(other)}: `;
  const fields = evidence.map(({ object, field, value }) => {
    const assignment = value === undefined ? field : `${field} = ${value}`;
    return object === from ? assignment : `${describeId(object)} ${assignment}`;
  });
  return `${through}${rule}${certainty ? ' (likely)' : ''}: ${fields.slice(0, shownProofs).join('; ')}`;
}

function otherEnd({ from, to }: Pick<Edge, 'from' | 'to'>, id: ObjectId): ObjectId {
  return from === id ? to : from;
}

function consequences(neededBy: readonly Reached[]): string[] {
  const found = [...new Set(neededBy.flatMap(({ by }) => by.map(({ rule }) => rule)))].filter((rule) => rule !== 'owner').sort();
  const whys = found.flatMap((rule) => {
    const why = ruleNamed(rule)?.why;
    return why === undefined ? [] : [`  ${rule}: ${why}`];
  });
  return whys.length > 0 ? ['', 'What goes wrong:', ...whys] : [];
}

function names(made: readonly Reached[]): string {
  const more = made.length - shownMade;
  const listed = made.slice(0, shownMade).map(({ id }) => describeId(id));
  return `${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'object' : 'objects'}`;
}
