/**
 * Shows a preview in the format that was asked for, and says with which code to end. Only the report that is asked for
 * is loaded.
 */
import { writeFile } from 'node:fs/promises';
import { BookendError } from '../../errors.ts';
import type { Preview } from '../../preview/document.ts';
import type { Invocation } from '../invocation.ts';
import { asLines, coloursFor, forTerminal } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { type FailOn, type Format, failsOn } from './request.ts';

export type Showing = {
  format: Format;
  outputFile?: string | undefined;
  /** Where SARIF goes too, whatever the format of the report is. */
  sarifFile?: string | undefined;
  failOn: FailOn;
  /** Text: the verdict and the findings only. */
  brief?: boolean | undefined;
};

/** The width of a report that goes into a log or a file, where nobody knows it. */
const logColumns = 110;

/** @throws BookendError `bad-input` when the file cannot be written */
export async function show(preview: Preview, showing: Showing, invocation: Invocation): Promise<ExitCode> {
  const { format, outputFile, sarifFile, failOn } = showing;
  const text = await reportOf(preview, showing, invocation);
  if (outputFile === undefined) {
    invocation.out(text);
  } else {
    await writeReport(outputFile, text);
    const { verdictOf } = await import('../../preview/report/words.ts');
    invocation.err(asLines([verdictOf(preview), `${format} report: ${outputFile}`]));
  }
  if (sarifFile !== undefined) {
    const sarif = await reportOf(preview, { ...showing, format: 'sarif' }, invocation);
    await writeReport(sarifFile, sarif, '--sarif-file');
  }
  return isFailed(preview, failOn) ? 1 : 0;
}

/** Whether something was found that is to fail. */
export function isFailed({ findings }: Preview, failOn: FailOn): boolean {
  return findings.some(({ severity }) => failsOn(severity, failOn));
}

async function reportOf(preview: Preview, { format, brief, outputFile }: Showing, invocation: Invocation): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../../preview/report/json.ts')).jsonReport(preview);
    case 'sarif': {
      const { sarifReport } = await import('../../preview/report/sarif.ts');
      const { findingRules } = await import('../../preview/rules/rules.ts');
      const { version } = await import('../build.ts');
      return sarifReport(preview, { version, rules: findingRules.map(({ meta }) => meta) });
    }
    case 'html': {
      const { htmlReport } = await import('../../preview/report/html.ts');
      const { version } = await import('../build.ts');
      return htmlReport(preview, { version });
    }
    case 'mermaid':
      return (await import('../../preview/report/mermaid.ts')).mermaidReport(preview);
    case 'text':
      return textOf(preview, { brief, outputFile }, invocation);
  }
}

/** For a terminal, a log or a file. */
export async function textOf(
  preview: Preview,
  { brief = false, outputFile }: Pick<Showing, 'brief' | 'outputFile'>,
  invocation: Invocation,
): Promise<string> {
  const { textReport } = await import('../../preview/report/text.ts');
  const colours = coloursFor(invocation.colourOut && outputFile === undefined);
  const columns = invocation.interactive ? invocation.size().columns : logColumns;
  return textReport(preview, { columns, colours, brief });
}

/** @throws BookendError `bad-input` when the file cannot be written */
export async function writeReport(file: string, text: string, flag = '--output-file'): Promise<void> {
  try {
    await writeFile(file, forTerminal(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BookendError('bad-input', `${file} cannot be written: ${why}`, { field: flag, cause: error });
  }
}
