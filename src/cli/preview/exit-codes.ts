/**
 * How `preview` and `lint` end: 0, 1 for findings, 2 when they could not look, whatever kept them from it. Scripts tell
 * a chart that is at fault from a machine that is by that. Faults of Bookend itself keep their 70.
 */
import type { BookendError } from '../../errors.ts';
import type { Invocation } from '../invocation.ts';
import { asBookendError, errorDocument, errorText } from '../show-error.ts';
import type { ExitCode } from '../verb.ts';

/** @param asJson print an error as one JSON object */
export async function withTwoForErrors(work: () => Promise<ExitCode>, { err }: Invocation, asJson: boolean): Promise<ExitCode> {
  try {
    return await work();
  } catch (thrown) {
    const error = asBookendError(thrown);
    const exitCode = exitCodeOf(error);
    const document = errorDocument(error);
    err(`${asJson ? JSON.stringify({ error: { ...document.error, exitCode } }) : errorText(error)}\n`);
    return exitCode;
  }
}

export function exitCodeOf({ code, exitCode }: BookendError): ExitCode {
  return code === 'internal' ? exitCode : 2;
}
