/** Runs `bookend plan`. */
import type { Graph } from '../../graph/edge.ts';
import { indexOf, type Neighbours, neighboursOf } from '../../graph/neighbours.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { refuseAmbiguous } from '../reading/chart-or-release.ts';
import { kindOfPath } from '../reading/read-subject.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { documentOf } from './document.ts';
import { type Drawing, draw, graphOf } from './draw.ts';
import { circlesText, dotOf, explanationOf, mermaidOf, notSeenText, outsideText, textOf } from './formats.ts';
import { neighboursText } from './neighbours-text.ts';
import { readWhole, type Whole } from './read.ts';
import { type Format, type PlanFlags, type PlanRequest, requestOf } from './request.ts';
import { isGivenToEverybody, isLarge, summaryOf } from './summary.ts';

/**
 * @param what a release or a chart, as it was typed
 * @throws BookendError `bad-input` for manifests that cannot be read; `cycle` with each edge of a circle and its
 * evidence; `not-found` for a release, a namespace or an object of --of that is not there; `forbidden`, `throttled`,
 * `unreachable` as the cluster answers
 */
export async function runPlan(what: string | undefined, flags: PlanFlags, invocation: Invocation): Promise<ExitCode> {
  const request = requestOf(what, flags, kindOfPath);
  await refuseAmbiguous(what, request.source, flags, invocation);
  const whole = await readWhole(request, flags, invocation);
  if (request.format === 'text') for (const note of whole.notes) invocation.err(asLines([`note: ${note}`]));
  const all = graphOf(whole);
  const of = await asked(all, request, flags.namespace);
  const drawing = draw(whole, all, of.length > 0 ? partOf(of, request.format) : undefined);
  if (isDiagram(request.format) && isLarge(drawing.graph))
    invocation.err(`note: ${drawing.graph.objects.size} objects make a diagram that nobody can read; --of draws a part\n`);
  await write({ drawing, whole, of, request }, invocation);
  return 0;
}

type Found = { drawing: Drawing; whole: Whole; of: readonly Neighbours[]; request: PlanRequest };

async function write({ drawing, whole, of, request }: Found, invocation: Invocation): Promise<void> {
  switch (request.format) {
    case 'json':
      return outJson(documentOf(drawing, whole.live ? whole : undefined, of), invocation);
    case 'dot':
      return invocation.out(dotOf(drawing.plan));
    case 'mermaid':
      return invocation.out(mermaidOf(drawing.plan));
    case 'text': {
      const asked = of.flatMap((each, index) => [...(index > 0 ? [''] : []), ...neighboursText(each)]);
      const body = of.length > 0 ? asked : linesOf(drawing, request, whole);
      return invocation.out(asLines([...body, ...circlesText(drawing.circles), ...notSeenText(whole.notSeen)]));
    }
  }
}

function isDiagram(format: Format): boolean {
  return format === 'dot' || format === 'mermaid';
}

/** What the objects of `--of` have to do with. */
async function asked(all: Graph, { of }: PlanRequest, namespace: string | undefined): Promise<Neighbours[]> {
  if (of.length === 0) return [];
  // Knows every kind of Kubernetes by all of its names, which nobody else needs.
  const { objectOf } = await import('./of-argument.ts');
  const index = indexOf(all);
  return of.map((text) => neighboursOf(index, objectOf(text, all.objects, namespace)));
}

/** All that was found, but for what would only fill a diagram. */
function partOf(of: readonly Neighbours[], format: Format): Set<ObjectId> {
  const asked = of.map((each) => each.of);
  const found = of.flatMap(({ makers, made, neededBy, needs }) => [
    ...makers,
    ...[...made, ...neededBy, ...needs].map((reached) => reached.id),
  ]);
  const isShown = (id: ObjectId) => format === 'json' || !isGivenToEverybody(id);
  return new Set([...asked, ...found.filter(isShown)]);
}

/** Line by line, or summed up where that would be too many for anybody. */
function linesOf({ graph, plan, outside }: Drawing, { explain }: PlanRequest, { live }: Whole): string[] {
  if (live && !explain && isLarge(graph)) return summaryOf(graph, plan);
  return [...textOf(plan), ...outsideText(outside), ...(explain ? explanationOf(graph, plan) : [])];
}
