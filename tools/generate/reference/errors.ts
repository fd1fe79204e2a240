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
      'Every error states what failed, on which object, why, and what to do. Its code is stable and determines the exit code.',
      'With `-o json` an error is one JSON document on standard error, with `code`, `exitCode`, `message`, `object`, `field` and `advice`.',
    ].join('\n'),
    table(['Code', 'Exit code', 'Meaning', 'What to do'], rows),
    [
      'Exit code 0 means success. 130 and 143 mean that SIGINT or SIGTERM ended the command; what it deleted by then stays deleted.',
      'The pre-delete hook of a chart retries after exit code 6 (the API server did not answer). Every other code ends it at once.',
    ].join('\n'),
  );
}
