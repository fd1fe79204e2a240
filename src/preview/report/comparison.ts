/** Both runs in figures: what was asked for, and the same uninstall with Bookend. */
import type { Preview } from '../document.ts';
import { duration } from './words.ts';

export type Comparison = { columns: [string, string]; rows: [name: string, asked: string, bookend: string][] };

/** Undefined when Bookend's run was not played. */
export function comparisonOf(preview: Preview): Comparison | undefined {
  const { bookend, scenario, outcome, settledMs, left, timeline, findings } = preview;
  if (!bookend) return undefined;
  const failedHooks = timeline.filter(({ pod }) => pod?.preStop?.outcome === 'failed' && pod.preStop.calls !== 'unlikely').length;
  const remaining = findings.filter(({ bookend: through }) => through !== 'prevented').length;
  return {
    columns: [toolNames[scenario.tool], 'Bookend'],
    rows: [
      ['outcome', outcomes[outcome], outcomes[bookend.outcome]],
      ['cluster settles after', over(outcome, settledMs), over(bookend.outcome, bookend.settledMs)],
      ['failed preStop hooks', String(failedHooks), String(bookend.failedPreStopHooks)],
      ['objects left', known(left), known(bookend.left)],
      ['findings', String(findings.length), String(remaining)],
    ],
  };
}

/** What is only supposed is counted nowhere. */
function known(left: Preview['left']): string {
  return String(left.filter(({ supposed }) => !supposed).length);
}

const outcomes = { succeeded: 'succeeds', failed: 'fails', hangs: 'never ends' } as const;

const toolNames = {
  helm4: 'Helm 4',
  helm3: 'Helm 3',
  kubectl: 'kubectl',
  argocd: 'Argo CD',
  flux: 'Flux',
  namespace: 'namespace deletion',
  bookend: 'Bookend',
} as const;

function over(outcome: Preview['outcome'], ms: number): string {
  return outcome === 'hangs' ? 'never' : duration(ms);
}
