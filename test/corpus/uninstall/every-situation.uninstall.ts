/**
 * Every situation of the corpus uninstalled with `bookend uninstall` on a real cluster. Each ends clean, or Bookend
 * says exactly why not; kubectl confirms by UID what the receipt says; what it prints as a remedy cures; and the same
 * chart installs again.
 *
 * It takes about ten minutes: `npm test -- --only uninstalls`.
 */
import { describe, test } from 'node:test';
import { writeResult } from '../../use-lab.ts';
import { isAlone, type Situation } from '../situation.ts';
import { situations } from '../situations/all.ts';
import { expected } from './expected.ts';
import { holdUninstall, rows, useCorpusLab } from './hold.ts';

const lab = useCorpusLab(async () => {
  const right = rows.filter((row) => row.right).length;
  writeResult('uninstalls', { uninstalls: rows.length, right, wrong: rows.length - right });
  writeResult('uninstalls-rows', rows);
});

/** How many are played at the same time: most of each is waiting. */
const atOnce = 4;

describe('bookend uninstall of every situation', { concurrency: 1 }, () => {
  describe('side by side', { concurrency: atOnce }, () => declare(situations.filter((each) => !isAlone(each))));
  describe('alone', { concurrency: 1 }, () => declare(situations.filter(isAlone)));
});

function declare(some: readonly Situation[]): void {
  for (const situation of some)
    for (const way of ['delete', 'keep'] as const) {
      const wanted = expected[situation.key]?.[way];
      if (way === 'delete' || wanted) test(`${situation.says} (${way})`, () => holdUninstall(lab(), situation, way, wanted));
    }
}
