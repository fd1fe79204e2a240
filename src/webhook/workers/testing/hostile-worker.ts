/**
 * A thread whose Pods say what computing their answer does: to test the pool with what no real Pod should be able to
 * do.
 */
import { parentPort } from 'node:worker_threads';
import { serveAnswers } from '../serve.ts';

if (parentPort) {
  const admitWith =
    ({ word }: { word: string }) =>
    (pod: Record<string, unknown>) => {
      if (pod.does === 'loop') for (;;);
      if (pod.does === 'expand') {
        const kept: unknown[] = [];
        for (;;) kept.push({ length: kept.length });
      }
      if (pod.does === 'exit') process.exit(3);
      if (pod.does === 'overflow') return overflow(pod);
      return { refused: [{ field: 'word', message: word }] };
    };
  serveAnswers(parentPort, admitWith, { word: 'none' });
}

function overflow(pod: Record<string, unknown>): never {
  return overflow({ ...pod });
}
