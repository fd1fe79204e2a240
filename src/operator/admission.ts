/** The threads of the webhook, with what the operator knows for them. */
import type { Clock } from '../cluster/clock.ts';
import type { Log } from '../log.ts';
import { type Data, WorkerPool } from '../webhook/workers/pool.ts';
import type { AdmissionData } from './admission-settings.ts';
import type { OperatorShares } from './share-settings.ts';

/** Beside this file, in the sources and in the bundle. */
const program = new URL(`./admission-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'}`, import.meta.url);

/**
 * How old the knowledge of a thread may be, in ms. Nodes of a large cluster change many times a second, in what does
 * not matter here most of the time, and each thread gets a copy of them all.
 */
const freshMs = 1_000;

export function admissionPool(shares: OperatorShares, clock: Clock, log: Log): WorkerPool<AdmissionData> {
  return new WorkerPool({ program, data: throttled(shares, clock), log });
}

/** A revision stands for some time, however often what is known changes. */
function throttled(shares: OperatorShares, clock: Clock): Data<AdmissionData> {
  let revision = 0;
  let changed = false;
  let since = clock.now();
  shares.onChange(() => {
    changed = true;
  });
  return {
    revision: () => {
      const now = clock.now();
      if (changed && now - since >= freshMs) {
        revision += 1;
        since = now;
        changed = false;
      }
      return revision;
    },
    value: () => shares.admissionData(),
  };
}
