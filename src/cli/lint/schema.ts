/**
 * The document of `bookend lint -o json` for more than one chart, described once for programs. Only the generator and
 * tests load it.
 */
import * as z from 'zod';
import { type ErrorCode, errorCodes } from '../../errors.ts';
import { previewSchema } from '../preview/schema.ts';
import type { LintDocument } from './several.ts';

const error = z
  .strictObject({
    code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
    exitCode: z.number().int(),
    title: z.string(),
    message: z.string(),
    object: z.string().exactOptional(),
    field: z.string().exactOptional(),
    advice: z.string(),
    status: z.number().int().exactOptional(),
    reason: z.string().exactOptional(),
    retryAfterMs: z.number().exactOptional(),
  })
  .describe('See docs/reference/errors.md.');

/** Zod makes the type from it; that it is the type of what is printed is checked where it is assigned. */
export const lintDocumentSchema: z.ZodType<LintDocument> = z
  .strictObject({
    previews: z.array(previewSchema).describe('One preview for each chart, and one for all other manifests together.'),
    errors: z
      .array(z.strictObject({ subject: z.string().describe('The chart or the files, as given.'), error }))
      .describe('What could not be read.'),
  })
  .describe('The output of bookend lint -o json for several charts. For one chart it is the preview itself.');

/** For docs/reference. */
export function lintJsonSchema(): object {
  return { ...z.toJSONSchema(lintDocumentSchema, { target: 'draft-2020-12', reused: 'ref' }), title: 'Lint' };
}
