/**
 * The preview held to real uninstalls: what people have reported, told again with charts and small operators of our own
 * (`situations/`). Each is installed on the cluster of KUBECONFIG, or the local one; the preview says what the
 * uninstall will do, and then it is done.
 *
 * Everything made there carries `corpus-` in its name, and is removed again.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadKubectlImage } from '../../tools/lab/kubectl-image.ts';
import { useLab, writeResult } from '../use-lab.ts';
import { clean } from './clean.ts';
import { playOnCluster } from './run.ts';
import { groupSuffix, prefix } from './set-up.ts';
import { isAlone, type Run, type Situation } from './situation.ts';
import { situations } from './situations/all.ts';
import { show } from './verdict.ts';

/** How many are played at the same time: most of each is waiting. */
const atOnce = 5;

const result = { uninstalls: 0, right: 0, missed: 0, false: 0, 'warnings that came true': 0, 'warnings that did not': 0 };

const lab = useLab({
  impatient: true,
  async prepare(opened) {
    await loadKubectlImage(opened);
    await clean(opened.cluster, 'earlier runs', (id) => id.includes(prefix) || id.includes(groupSuffix));
  },
  finish: async () => writeResult('corpus', result),
});

describe('a preview says before what the uninstall then does', { concurrency: 1 }, () => {
  describe('side by side', { concurrency: atOnce }, () => declare(situations.filter((each) => !isAlone(each))));
  describe('alone', { concurrency: 1 }, () => declare(situations.filter(isAlone)));
});

function declare(some: readonly Situation[]): void {
  for (const situation of some)
    for (const run of situation.runs)
      test(`${situation.says} (${[run.tool, ...(run.flags ?? [])].join(' ')})`, () => hold(situation, run));
}

async function hold(situation: Situation, run: Run): Promise<void> {
  const played = await playOnCluster(lab(), situation, run);
  const { place, preview, verdict } = played;
  result.uninstalls++;
  result.right += verdict.right.length;
  result.missed += verdict.missed.length;
  result.false += verdict.wrong.length;
  result['warnings that came true'] += verdict.warningsTrue.length;
  result['warnings that did not'] += verdict.warningsNotTrue.length;
  const rules = (severity: string) =>
    [...new Set(preview.findings.filter((each) => each.severity === severity).map(({ rule }) => rule))].sort();
  const { outcome, errors, warnings = [] } = run.foretold;
  const chance = situation.chance?.(place) ?? [];
  const seen = { missed: verdict.missed.filter((each) => !chance.includes(each)), false: verdict.wrong };
  const said = { outcome: preview.outcome, errors: rules('error'), warnings: rules('warning') };
  const wanted = { outcome, errors, warnings, missed: situation.missed?.(place) ?? [], false: [] };
  try {
    assert.deepEqual({ ...said, ...seen }, wanted);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${show(played)}`);
  }
}
