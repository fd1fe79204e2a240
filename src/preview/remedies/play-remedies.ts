/**
 * Only what holds is printed: each remedy of each finding is played once, and those that fail, do not cure, or harm
 * somebody are left out. What cannot be played says why.
 */
import { idOfRef } from '../../objects/identity.ts';
import type { Played, ProposedRemedy, Remedy } from '../../remedies/remedy.ts';
import { whyCommand } from '../../remedies/why-command.ts';
import type { Finding, UnplayedFinding } from '../finding.ts';
import { whyNot } from './judge.ts';
import { problemWith } from './limits.ts';
import { type Stage, type Trial, tried } from './trial.ts';

/** What may still be played, in objects. Shared by all findings of a preview, errors first. */
export type Budget = { left: number };

/** How a remedy came out; `harms` says why it is not printed. */
export type Verdict = Played | { result: 'harms'; because: string };

/**
 * @param known everything that was found before, in any play of the preview
 * @param tell called for every remedy that was left out, for tests
 */
export async function withPlayedRemedies(
  findings: readonly UnplayedFinding[],
  stage: Stage,
  known: readonly UnplayedFinding[],
  budget: Budget,
  tell: (finding: UnplayedFinding, remedy: ProposedRemedy, verdict: Verdict) => void = () => undefined,
): Promise<Finding[]> {
  const trials = new Map<string, Promise<Trial | string>>();
  const cost = stage.context.world.objects.length;
  const tryOnce = (remedy: ProposedRemedy): Promise<Trial | string> | undefined => {
    const key = JSON.stringify(remedy.steps);
    const before = trials.get(key);
    if (before) return before;
    if (budget.left < cost) return undefined;
    budget.left -= cost;
    const now = tried(remedy, stage);
    trials.set(key, now);
    return now;
  };
  const answered: Finding[] = [];
  for (const finding of findings) {
    const remedies: Remedy[] = [];
    for (const remedy of finding.remedies) {
      const verdict = await verdictOn(remedy, finding, stage, known, tryOnce);
      tell(finding, remedy, verdict);
      if (verdict.result !== 'harms') remedies.push({ ...remedy, played: verdict });
    }
    const { unseen: _, ...rest } = finding;
    answered.push({ ...rest, remedies: remedies.length > 0 ? remedies : [noneHelps(finding)] });
  }
  return answered;
}

async function verdictOn(
  remedy: ProposedRemedy,
  finding: UnplayedFinding,
  stage: Stage,
  known: readonly UnplayedFinding[],
  tryOnce: (remedy: ProposedRemedy) => Promise<Trial | string> | undefined,
): Promise<Verdict> {
  const problem = problemWith(remedy);
  if (problem !== undefined) return { result: 'harms', because: problem };
  const advice = remedy.steps.find((step) => step.do === 'advise');
  if (advice) return { result: 'not-played', because: advice.why };
  if (remedy.steps.every((step) => step.do === 'run' && step.looks)) return { result: 'shows' };
  const trial = await tryOnce(remedy);
  if (trial === undefined) return { result: 'not-played', because: 'too-large' };
  const harm = typeof trial === 'string' ? trial : whyNot({ finding, remedy, stage, known, trial });
  return harm === undefined ? { result: 'cures' } : { result: 'harms', because: harm };
}

/** What is left to say where nothing that was tried holds. */
function noneHelps({ objects: [main] }: UnplayedFinding): Remedy {
  const look = main && {
    do: 'run' as const,
    when: 'after' as const,
    argv: whyCommand(idOfRef(main)),
    looks: true as const,
  };
  return {
    says: 'No remedy that was tried helps in the simulation. On a live cluster, see what holds the object.',
    steps: look ? [look] : [],
    played: { result: 'shows' },
  };
}
