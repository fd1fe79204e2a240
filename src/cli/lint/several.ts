/**
 * Several charts in one call: each is judged by itself, one that cannot be looked at keeps none of the others from it,
 * and there is one report and one exit code.
 */
import { inTurns } from '../../cluster/in-turns.ts';
import { BookendError } from '../../errors.ts';
import type { Preview } from '../../preview/document.ts';
import type { Baseline } from '../../preview/suppression.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodeOf } from '../preview/exit-codes.ts';
import { baselineOf, played, saveBaseline } from '../preview/play-and-show.ts';
import { isFailed, textOf, writeReport } from '../preview/show.ts';
import { readOffline } from '../reading/read-subject.ts';
import { asBookendError, errorDocument, errorText } from '../show-error.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import type { LintFlags } from './flags.ts';
import { isLibrary, type LintRequest } from './subjects.ts';

type Judged = { name: string; preview: Preview } | { name: string; error: BookendError };

/** What is printed with `-o json` for more than one. */
export type LintDocument = {
  previews: Preview[];
  /** What could not be looked at, with the error as it stands in docs/reference/errors.md. */
  errors: { subject: string; error: ReturnType<typeof errorDocument>['error'] }[];
};

/** So many charts are rendered at once: each is a process of its own. */
const width = 4;

/** @throws BookendError `bad-input` for an output that shows one chart only, or a file that cannot be written */
export async function lintSeveral(all: readonly LintRequest[], flags: LintFlags, invocation: Invocation): Promise<ExitCode> {
  const requests = all.filter((request) => !isSkipped(request, invocation));
  const [first] = all;
  if (!first) return 0;
  const { format, outputFile, sarifFile, failOn } = first;
  if (format === 'html' || format === 'mermaid') {
    throw new BookendError('bad-input', `-o ${format} supports one chart, but ${all.length} are given`, {
      field: '--output',
      advice: 'Run it once per chart, or use text, json or sarif.',
    });
  }
  const judged = await judge(requests, flags, await baselineOf(first), invocation);
  const text = await reportOf(judged, first, invocation);
  if (outputFile === undefined) invocation.out(text);
  else await writeReport(outputFile, text);
  if (sarifFile !== undefined) {
    const sarif = await reportOf(judged, { ...first, format: 'sarif' }, invocation);
    await writeReport(sarifFile, sarif, '--sarif-file');
  }
  const failed = judged.filter((each) => 'preview' in each && isFailed(each.preview, failOn));
  const errors = judged.flatMap((each) => ('error' in each ? [each] : []));
  if (format !== 'json') for (const { error } of errors) invocation.err(`${errorText(error)}\n`);
  const summary = summaryOf(judged, failed, errors, failOn);
  if (outputFile !== undefined) invocation.err(asLines([summary, `${format} report: ${outputFile}`]));
  else if (format === 'text') invocation.out(asLines(['', summary]));
  if (first.writeBaseline !== undefined) {
    const previews = judged.flatMap((each) => ('preview' in each ? [each.preview] : []));
    await saveBaseline(first.writeBaseline, previews, invocation);
    return Math.max(0, ...errors.map(({ error }) => exitCodeOf(error)));
  }
  return Math.max(failed.length > 0 ? 1 : 0, ...errors.map(({ error }) => exitCodeOf(error)));
}

/** Where all charts of a folder are named, a library among them is no mistake. */
function isSkipped({ source }: LintRequest, { err }: Invocation): boolean {
  if (source.from !== 'chart' || !isLibrary(source.chart)) return false;
  err(asLines([`note: ${source.chart} is a library chart and installs nothing by itself: skipped`]));
  return true;
}

async function judge(
  requests: readonly LintRequest[],
  flags: LintFlags,
  baseline: Baseline | undefined,
  invocation: Invocation,
): Promise<Judged[]> {
  const read = await inTurns(width, requests, async ({ source }) => {
    try {
      return await readOffline(source, flags, invocation);
    } catch (error) {
      return asBookendError(error);
    }
  });
  const judged: Judged[] = [];
  for (const [index, request] of requests.entries()) {
    const name = nameOf(request);
    const sourced = read[index];
    if (sourced === undefined || sourced instanceof BookendError) {
      judged.push({ name, error: sourced ?? new BookendError('internal', `${name} was not read`) });
      continue;
    }
    try {
      judged.push({ name, preview: await played(sourced, { ...request, brief: true }, baseline, invocation) });
    } catch (error) {
      judged.push({ name, error: asBookendError(error) });
    }
  }
  return judged;
}

async function reportOf(judged: readonly Judged[], { format, outputFile }: LintRequest, invocation: Invocation): Promise<string> {
  const previews = judged.flatMap((each) => ('preview' in each ? [each.preview] : []));
  const errors = judged.flatMap((each) => ('error' in each ? [each] : []));
  switch (format) {
    case 'json': {
      const document: LintDocument = {
        previews,
        errors: errors.map(({ name, error }) => ({
          subject: name,
          error: { ...errorDocument(error).error, exitCode: exitCodeOf(error) },
        })),
      };
      return `${JSON.stringify(document, null, 2)}\n`;
    }
    case 'sarif': {
      const { sarifOfSeveral } = await import('../../preview/report/sarif.ts');
      const { findingRules } = await import('../../preview/rules/rules.ts');
      const { version } = await import('../build.ts');
      const unseen = errors.map(({ name, error }) => ({ subject: name, message: error.message }));
      return sarifOfSeveral(previews, unseen, { version, rules: findingRules.map(({ meta }) => meta) });
    }
    default: {
      const showing = { brief: true, outputFile };
      const texts: string[] = [];
      for (const preview of previews) texts.push(await textOf(preview, showing, invocation));
      return texts.join('\n');
    }
  }
}

function summaryOf(judged: readonly Judged[], failed: readonly Judged[], errors: readonly Judged[], failOn: string): string {
  const names = (list: readonly Judged[]) => list.map(({ name }) => name).join(', ');
  const parts = [
    ...(failed.length > 0 ? [`${failed.length} with findings of severity ${failOn} or worse: ${names(failed)}`] : []),
    ...(errors.length > 0 ? [`${errors.length} could not be read: ${names(errors)}`] : []),
  ];
  const symbol = parts.length > 0 ? '✗' : '✓';
  return `${symbol} ${judged.length} checked; ${parts.length > 0 ? parts.join('; ') : `none with findings of severity ${failOn} or worse`}`;
}

function nameOf({ source }: LintRequest): string {
  return source.from === 'chart' ? source.chart : source.files.join(', ');
}
