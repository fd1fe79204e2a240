/**
 * A few situations uninstalled with `bookend uninstall`, for every run of the tests: what finalizers, hooks and an
 * operator's own objects leave. `npm test -- --only uninstalls` uninstalls all of them.
 */
import { describe, test } from 'node:test';
import { situations } from '../situations/all.ts';
import { expected } from './expected.ts';
import { holdUninstall, useCorpusLab } from './hold.ts';

const few = new Set(['many-finalizers', 'hook-leaks', 'made-by-operator']);

const lab = useCorpusLab();

describe('bookend uninstall of some situations', { concurrency: 1 }, () => {
  for (const situation of situations.filter(({ key }) => few.has(key)))
    test(situation.says, () => holdUninstall(lab(), situation, 'delete', expected[situation.key]?.delete));
});
