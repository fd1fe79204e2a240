/** `npm run check -- --watch`: what a change touches is tested as soon as it is written, until it passes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../local-cluster/index.ts';
import { changedFiles, watchFiles } from './changed-files.ts';

export type Watching = {
  root: string;
  progress: Progress;
  /** Ends it. */
  signal: AbortSignal;
  /** @returns 0 when all passed */
  run(signal: AbortSignal, changed: readonly string[]): Promise<number>;
};

/** Editors write a file in several steps, and Git many files, in ms. */
const quietMs = 200;

export async function watchAndRun({ root, progress, signal, run }: Watching): Promise<void> {
  /** Not tested yet, or tested and not passed. */
  let pending = new Set(changedFiles(root));
  let wake = () => {};
  const files = watchFiles(root, (path) => {
    pending.add(path);
    wake();
  });
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted) {
      const tested = pending;
      pending = new Set();
      const abort = new AbortController();
      // A newer change, or the end, breaks off what is tested now.
      wake = () => abort.abort();
      const code = await run(abort.signal, [...tested]);
      if (abort.signal.aborted || code !== 0) for (const path of tested) pending.add(path);
      if (!abort.signal.aborted) {
        progress.line(code === 0 ? 'Waiting for the next change …' : 'Waiting for a change that mends it …');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await sleep(quietMs);
    }
  } finally {
    files.close();
  }
}
