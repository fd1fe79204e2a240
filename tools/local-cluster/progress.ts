/**
 * Says what takes time: on a terminal one line that lives, in a log plain lines with a sign of life now and then.
 *
 * Everything goes to the standard error, so that the standard output stays what other programs read (`env`,
 * `status -o json`).
 */

export type Progress = {
  /** One line that stays. */
  line(text: string): void;
  /**
   * Announces `title`, runs `work` and then says how long it took. `work` may describe what it is at just now.
   * A failure is not reported here: the error that passes through says it.
   */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
};

/** Where progress goes, as far as it matters; `process.stderr` is one. */
type ProgressStream = { isTTY?: boolean; columns?: number; write(text: string): unknown };

export type ProgressOptions = {
  stream: ProgressStream;
  /** Milliseconds on a clock that only goes forward. */
  now?: () => number;
  /** How often a log shows that a step is still at work, in milliseconds. */
  signOfLifeMs?: number;
};

/** Progress for people. */
export function createProgress({ stream, now = () => performance.now(), signOfLifeMs = 30_000 }: ProgressOptions): Progress {
  const live = stream.isTTY === true;
  const show = (text: string) => stream.write(`${live ? '\r\u001b[K' : ''}${text}\n`);
  return {
    line: show,
    async step(title, work) {
      const started = now();
      let detail = '';
      const render = live
        ? () => stream.write(`\r\u001b[K${liveLine(title, now() - started, detail, stream.columns ?? 80)}`)
        : () => show(`${title}: still at work after ${duration(now() - started)}${detail && `, ${detail}`}`);
      if (live) render();
      else show(`${title} …`);
      const timer = setInterval(render, live ? 200 : signOfLifeMs);
      try {
        const result = await work((text) => {
          detail = text;
        });
        show(`${title}: ${duration(now() - started)}`);
        return result;
      } catch (error) {
        if (live) stream.write('\r\u001b[K');
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** Progress for programs that want none, such as tests. */
export const silent: Progress = { line: () => {}, step: (_title, work) => work(() => {}) };

/** Milliseconds as people say them: `0.4 s`, `42 s`, `4 min 38 s`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The line that lives, cut to the terminal's width: a line that wraps could not be taken back. */
export function liveLine(title: string, elapsedMs: number, detail: string, columns: number): string {
  const text = `${title} · ${duration(elapsedMs)}${detail ? ` · ${detail}` : ''}`;
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}
