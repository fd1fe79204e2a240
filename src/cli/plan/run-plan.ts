/** Carries `bookend plan` out. */
import { BookendError } from '../../errors.ts';
import { buildGraph } from '../../graph/build.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { outputFormat } from '../flags.ts';
import type { PlanFlags } from '../plan.ts';
import { planDocument } from '../plan-document.ts';
import type { Surroundings } from '../surroundings.ts';
import type { ExitCode } from '../verb.ts';
import { expand } from './expand.ts';
import { dotOf, explanationOf, mermaidOf, textOf } from './formats.ts';
import { readManifests } from './read-manifests.ts';

/** @throws BookendError `bad-input` for manifests that cannot be read; `cycle` with each edge of a circle and its evidence */
export async function runPlan(flags: PlanFlags, { out, readInput, programName }: Surroundings): Promise<ExitCode> {
  const format = outputFormat(flags, ['text', 'json', 'mermaid', 'dot']);
  if (!flags.filename) {
    const advice = `Write ${programName} plan -f FILE, or -f - for the standard input.`;
    throw new BookendError('bad-input', 'no manifests are named', { field: '-f', advice });
  }
  const documents = await readManifests(flags.filename, readInput);
  const { objects, components } = expand(
    documents.map(({ object }) => object),
    flags.namespace ?? 'default',
  );
  const graph = buildGraph({ objects, components });
  const plan = makePlan(graph);
  switch (format) {
    case 'json': {
      const edges = graph.edges.map(({ from, to, rule, certainty, evidence }) => ({
        from,
        to,
        rule,
        ...(certainty && { certainty }),
        evidence,
      }));
      out(`${JSON.stringify({ ...planDocument(plan), edges }, null, 2)}\n`);
      return 0;
    }
    case 'mermaid':
      out(mermaidOf(plan));
      return 0;
    case 'dot':
      out(dotOf(plan));
      return 0;
    default:
      out(`${[...textOf(plan), ...(flags.explain ? explanationOf(graph, plan) : [])].join('\n')}\n`);
      return 0;
  }
}
