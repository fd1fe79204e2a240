/**
 * The preview held to real uninstalls: what people have reported, told again with charts and small operators of our own
 * (`situations/`). Each is installed on the cluster of KUBECONFIG, or the local one; the preview says what the
 * uninstall will do, and then it is done.
 *
 * Everything made there carries `corpus-` in its name, and is removed again.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCluster } from '../../src/cluster/kube/open.ts';
import { loadKubectlImage } from '../../tools/lab/kubectl-image.ts';
import { type Lab, openLab, root } from '../../tools/lab/lab.ts';
import { clusterName } from '../e2e/support.ts';
import { clean } from './clean.ts';
import { groupSuffix, playOnCluster, prefix } from './run.ts';
import { show } from './show.ts';
import type { Run, Situation } from './situation.ts';
import { situations } from './situations/all.ts';

/** How many are played at the same time: most of each is waiting. */
const atOnce = 5;

let lab: Lab | undefined;
const result = { uninstalls: 0, right: 0, missed: 0, false: 0, 'warnings that came true': 0, 'warnings that did not': 0 };

before(async () => {
  const opened = await openLab({ name: clusterName });
  await loadKubectlImage(opened);
  // What a webhook that does not answer refuses is tried again for long otherwise.
  const cluster = await openCluster({ kubeconfig: opened.kubeconfig, retryForMs: 0 });
  lab = { ...opened, cluster };
  await opened.cluster.close();
  await clean(cluster, 'earlier runs', (id) => id.includes(prefix) || id.includes(groupSuffix));
});

after(async () => {
  mkdirSync(join(root, '.cache', 'test'), { recursive: true });
  writeFileSync(join(root, '.cache', 'test', 'corpus.json'), `${JSON.stringify(result)}\n`);
  await lab?.cluster.close();
});

describe('a preview says before what the uninstall then does', { concurrency: 1 }, () => {
  describe('side by side', { concurrency: atOnce }, () => declare(situations.filter((each) => !isAlone(each))));
  describe('alone', { concurrency: 1 }, () => declare(situations.filter(isAlone)));
});

/**
 * While definitions come and go the garbage collector stands still again and again, for as long as it waits for what it
 * has just begun to watch, and what goes meanwhile it may never notice. What is left to it is played when nothing else
 * is.
 */
function isAlone({ alone = false, collected }: Situation): boolean {
  return alone || collected !== undefined;
}

function declare(some: readonly Situation[]): void {
  for (const situation of some)
    for (const run of situation.runs)
      test(`${situation.says} (${[run.tool, ...(run.flags ?? [])].join(' ')})`, () => hold(situation, run));
}

async function hold(situation: Situation, run: Run): Promise<void> {
  assert.ok(lab, 'the cluster is open while the tests run');
  const played = await playOnCluster(lab, situation, run);
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
