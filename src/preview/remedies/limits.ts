/**
 * What no play can show, because nobody has seen the objects of others: how far a remedy reaches. A simulated cluster
 * with one Secret in it does not miss the Secrets of everybody else.
 */
import { partsOfKindWord } from '../../objects/kind-names.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { CommandLine } from '../../remedies/play/command-line.ts';
import { readPrinted } from '../../remedies/play/printed.ts';
import type { HookTarget, ProposedRemedy, RemedyStep } from '../../remedies/remedy.ts';

/** @returns why it must not be printed, whatever its play shows */
export function problemWith({ steps, loses }: ProposedRemedy): string | undefined {
  return steps.map((step) => stepProblem(step, loses)).find((problem) => problem !== undefined);
}

function stepProblem(step: RemedyStep, loses: string | undefined): string | undefined {
  if (step.do === 'hook')
    return step.delete.map((target) => targetProblem(target, loses)).find((problem) => problem !== undefined);
  if (step.do !== 'run') return undefined;
  const line = readPrinted(step);
  if (typeof line === 'string') return line;
  return step.looks ? undefined : reachProblem(line, loses);
}

/** As the library chart refuses it at installation. */
function targetProblem({ kind, names, namespace, all }: HookTarget, loses: string | undefined): string | undefined {
  if (all ? names !== undefined || namespace !== undefined : names === undefined && namespace === undefined)
    return `${kind}: which ones is not said`;
  return all ? wholeProblem(kind, loses) : undefined;
}

/** Everything of a kind in every namespace, or labelled so that others may be meant. */
function reachProblem({ verb, operands: [kinds = ''], flags }: CommandLine, loses: string | undefined): string | undefined {
  if (verb !== 'delete' && verb !== 'patch') return undefined;
  const words = flags.has('--all') ? kinds.split(',') : [];
  const isEverywhere = flags.has('--all-namespaces');
  return words
    .map((kind) => (isEverywhere || isOfKubernetes(kind) ? wholeProblem(kind, loses) : undefined))
    .find((each) => each !== undefined);
}

function wholeProblem(kind: string, loses: string | undefined): string | undefined {
  if (isOfKubernetes(kind)) return `every ${kind} is meant, and most are of others`;
  return loses === undefined ? `every ${kind} of the cluster is meant, and what that loses is not said` : undefined;
}

function isOfKubernetes(kind: string): boolean {
  const { group } = partsOfKindWord(kind);
  return group === undefined || isBuiltInGroup(group);
}
