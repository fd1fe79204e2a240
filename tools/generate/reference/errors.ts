/** docs/reference/errors.md, from the registry of errors. */
import { errorCodes } from '../../../src/errors.ts';
import { code, page, table } from './markdown.ts';

export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([name, { exit, title, advice }]) => [
    code(name),
    String(exit),
    `${title}.`,
    advice,
  ]);
  return page(
    'Errors and exit codes',
    'src/errors.ts',
    [
      'Every error says what failed, on which object, why, and what to do. Its code is stable; the exit code of the command line follows from it.',
      'On a terminal an error is four lines; with `-o json` it is one JSON document on standard error, with `code`, `exitCode`, `message`, `object`, `field` and `advice`.',
    ].join('\n'),
    table(['Code', 'Exit code', 'What it means', 'What to do'], rows),
    [
      'Exit code 0: done. 130 and 143: ended by SIGINT or SIGTERM; what was deleted by then stays deleted.',
      'The pre-delete hook of a chart tries again after exit code 6 (the API server did not answer); every other code ends it at once.',
    ].join('\n'),
  );
}
