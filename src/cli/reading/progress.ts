/** Progress on one line of a terminal, cleared at the end. It is silent in logs and CI. */

import { oneLine, visible } from '../../objects/visible-text.ts';
import type { Invocation } from '../invocation.ts';
import { control } from '../terminal.ts';

export type Progress = { at(text: string): void; end(): void };

export function progressOn({ err, interactive, size }: Invocation, format: string): Progress {
  if (!interactive || format !== 'text') return { at: () => {}, end: () => {} };
  const clear = control('\r\u001b[K');
  return {
    at: (text) => err(`${clear}${visible(oneLine(text)).slice(0, Math.max(0, size().columns - 1))}`),
    end: () => err(clear),
  };
}

/** For long reads: how much of the cluster has been read. */
export function readingOn(progress: Progress): (read: { lists: number; objects: number }) => void {
  return ({ lists, objects }) => progress.at(`Reading the cluster: ${objects} objects in ${lists} lists …`);
}
