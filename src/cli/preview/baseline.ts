/** Reads and writes the file of findings that were known when a check was introduced. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { BookendError } from '../../errors.ts';
import type { Preview } from '../../preview/document.ts';
import { type Baseline, baselineOf } from '../../preview/suppression.ts';
import { writeReport } from './show.ts';

const schema = z.strictObject({
  version: z.literal(1),
  findings: z.array(
    z.strictObject({ subject: z.string(), rule: z.string(), objects: z.array(z.string()), reason: z.string().optional() }),
  ),
});

/**
 * @throws BookendError `bad-input` when the file cannot be read, with the path of the field when it is not a baseline
 */
export async function readBaseline(file: string): Promise<Baseline> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw refusal(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusal(file, `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw refusal(file, `is not a baseline: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? ''}`);
}

/**
 * Writes what was found, and what an older baseline has suppressed: annotations speak for themselves.
 * @returns how many findings are in the file
 * @throws BookendError `bad-input` when the file cannot be written
 */
export async function writeBaseline(file: string, previews: readonly Preview[]): Promise<number> {
  const baseline = baselineOf(
    previews.map(({ subject, findings, suppressed = [] }) => ({
      subject: subject.name,
      findings: [...findings, ...suppressed.filter((each) => each.suppressed.by === 'baseline')],
    })),
  );
  await writeReport(file, `${JSON.stringify(baseline, null, 2)}\n`, '--write-baseline');
  return baseline.findings.length;
}

function refusal(file: string, why: string): BookendError {
  return new BookendError('bad-input', `${file} ${why}`, {
    field: '--baseline',
    advice: `Write a baseline with --write-baseline ${file}.`,
  });
}
