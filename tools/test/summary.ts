/**
 * What is printed at the end of `npm test`: every failure with its reason, each stage, and the line that programs read.
 * Pure.
 */
import { duration } from '../local-cluster/progress.ts';
import type { StageName, StageResult } from './stage.ts';

export type FinishedStage = StageResult & {
  name: StageName;
  ms: number;
  /** The whole log, relative to where people stand. */
  log: string;
};

/** Lines; the last one is `N passed, N failed`. */
export function summaryOf(stages: readonly FinishedStage[]): string[] {
  const passed = stages.reduce((sum, stage) => sum + stage.passed, 0);
  const failed = stages.reduce((sum, stage) => sum + stage.failures.length, 0);
  const width = Math.max(0, ...stages.map(({ name }) => name.length));
  return [
    ...stages.flatMap(failuresOf),
    '',
    ...stages.map(({ name, passed: good, failures, ms }) => {
      const mark = failures.length > 0 ? '✗' : '✓';
      return `${mark} ${name.padEnd(width)}  ${`${good}`.padStart(5)} passed ${`${failures.length}`.padStart(3)} failed  ${duration(ms).padStart(11)}`;
    }),
    '',
    `${passed} passed, ${failed} failed`,
  ];
}

/** 1 when anything failed, or when there was nothing that could have. */
export function exitCodeOf(stages: readonly FinishedStage[]): 0 | 1 {
  const ran = stages.some(({ passed }) => passed > 0);
  return ran && stages.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

/**
 * When everything fails for one reason, the reason must still be on the screen: only so many failures of a stage are
 * told at length.
 */
const toldAtLength = 8;
const linesOfEach = 16;

function failuresOf({ name, failures, log }: FinishedStage): string[] {
  if (failures.length === 0) return [];
  return [
    '',
    ...failures.flatMap((failure, index) => [
      `✗ ${name}: ${failure.name}${failure.place ? ` (${failure.place})` : ''}`,
      ...(index < toldAtLength ? shortened(failure.text.split('\n')).map((line) => `    ${line}`) : []),
    ]),
    `  the whole log: ${log}`,
  ];
}

function shortened(lines: string[]): string[] {
  return lines.length > linesOfEach ? [...lines.slice(0, linesOfEach), `… and ${lines.length - linesOfEach} more lines`] : lines;
}
