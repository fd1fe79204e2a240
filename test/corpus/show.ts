/** A preview beside what really happened, for whoever looks at a disagreement. */
import type { Played } from './run.ts';

export function show({ preview, reality, verdict }: Played): string {
  const lines: Record<string, readonly string[]> = {
    missed: verdict.missed,
    false: verdict.wrong,
    'warnings that came true': verdict.warningsTrue,
    'warnings that did not': verdict.warningsNotTrue,
    findings: preview.findings.map(({ severity, rule, title, consequence }) => `${severity} ${rule}: ${title}. ${consequence}`),
    'said to be left': preview.left.map(({ id, why }) => `${id} (${why})`),
    left: reality.left.map(({ id, terminating, finalizers, of }) =>
      [id, terminating ? 'terminating' : '', finalizers.join(' '), of.length > 0 ? `of ${of.join(' ')}` : '']
        .filter(Boolean)
        .join(', '),
    ),
    lost: reality.lost,
    'failed preStop hooks': reality.failedPreStop,
    [`the tool ended with ${reality.code ?? 'nothing: it was stopped'}`]: [reality.output.trim()],
  };
  return Object.entries(lines)
    .filter(([, those]) => those.length > 0)
    .map(([what, those]) => [`${what}:`, ...those.map((each) => `  ${each}`)].join('\n'))
    .join('\n');
}
