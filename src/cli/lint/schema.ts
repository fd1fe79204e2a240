/** The document of `bookend lint -o json` for more than one chart, described once for programs. Only the generator and tests load it. */
import { z } from 'zod';
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
  .describe('As in docs/reference/errors.md.');

/** Zod makes the type from it; that it is the type of what is printed is checked where it is assigned. */
export const lintDocumentSchema: z.ZodType<LintDocument> = z
  .strictObject({
    previews: z.array(previewSchema).describe('Of each chart, and of the manifests that are no chart together.'),
    errors: z
      .array(z.strictObject({ subject: z.string().describe('The chart or the files, as they were named.'), error }))
      .describe('What could not be looked at.'),
  })
  .describe('What bookend lint -o json prints for more than one chart. Of one it prints the preview itself.');

/** For docs/reference. */
export function lintJsonSchema(): object {
  return { ...z.toJSONSchema(lintDocumentSchema, { target: 'draft-2020-12', reused: 'ref' }), title: 'Lint' };
}
