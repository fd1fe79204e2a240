/** What a stage of `npm test` is, and what comes of it. */

export const stageNames = [
  'types',
  'lint',
  'imports',
  'generated',
  'unit',
  'fuzz',
  'seed',
  'browser',
  'site',
  'cluster',
  'e2e',
  'charts',
  'contract',
  'attacks',
  'differential',
  'corpus',
  'local-cluster',
  'uninstalls',
] as const;

/** They take long, and run only when they are named. */
export const longStages: readonly (typeof stageNames)[number][] = ['uninstalls'];

export type StageName = (typeof stageNames)[number];

export type Failure = {
  /** The test with the suites that it is in, or what was checked. */
  name: string;
  /** `src/a.test.ts:12` */
  place?: string;
  /** What went wrong, over several lines. */
  text: string;
};

export type StageResult = {
  passed: number;
  failures: Failure[];
};

/** A check that counts as one. */
export function checked(failure?: Failure): StageResult {
  return failure ? { passed: 0, failures: [failure] } : { passed: 1, failures: [] };
}
