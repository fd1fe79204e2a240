/**
 * Ends a command whose output cannot be written: `bookend preview … | head` ends as other programs do, and a full disk
 * is an error of one line. Neither is a crash. Progress is different: a deletion continues if nobody reads standard
 * error.
 */

type Output = { on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown };

/** This process, or a stand-in for it. */
export type Ending = {
  stdout: Output;
  stderr: Output & { write(text: string): unknown };
  exit(code: number): void;
};

/** 128 and the number of SIGPIPE, as a shell shows it. */
const brokenPipe = 141;
/** As for any file that cannot be written. */
const notWritten = 2;

export function endOnBrokenOutput({ stdout, stderr, exit }: Ending): void {
  stderr.on('error', () => {});
  stdout.on('error', (error) => {
    if (error.code === 'EPIPE') return exit(brokenPipe);
    stderr.write(`Error: the standard output cannot be written: ${error.message}\n`);
    exit(notWritten);
  });
}
