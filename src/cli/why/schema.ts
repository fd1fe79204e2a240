/**
 * The document of `bookend why -o json`, described once for programs: docs/reference/why.schema.json is made of it. The
 * compiler holds it to the type, and a test to what is really printed. Only the generator and tests load it.
 */
import * as z from 'zod';
import type { Remedy } from '../../remedies/remedy.ts';
import { type BlockerReason, blockerReasons } from '../../teardown/blocker.ts';
import type { Blocker, Why } from '../../why/blocker.ts';
import { remedySchema } from '../remedy-schema.ts';

const text = (description: string) => z.string().describe(description);

const object = z
  .strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    namespace: z.string().exactOptional(),
    name: z.string(),
    uid: z.string().exactOptional(),
  })
  .describe('An object. Cluster-scoped ones have no namespace.');

const proof = z.strictObject({
  object: text('Kind, namespace and name, for people.'),
  field: text('The path of the field, or the Event.').exactOptional(),
  value: text('What the field holds.').exactOptional(),
  says: text('What it shows.'),
});

const blocker: z.ZodType<Blocker<Remedy>> = z
  .strictObject({
    kind: z.enum([
      ...(['status', 'finalizer', 'controller', 'webhook', 'refusal', 'pod', 'node', 'dependents', 'claim-in-use'] as const),
      ...(['custom-resources', 'namespace-content', 'api-service', 'clusteroperator', 'namespace', 'not-deleted'] as const),
    ]),
    reason: z
      .enum(Object.keys(blockerReasons) as BlockerReason[])
      .describe('Where a teardown of a ClusterOperator waits for the same.')
      .exactOptional(),
    says: text('A sentence that names the object.'),
    object: object.exactOptional(),
    stuck: z.boolean().describe('It does not go by itself. false: it is on its way.'),
    evidence: z.array(proof),
    remedies: z.array(remedySchema).describe('What helps, the least loss first. One that cures is enough.'),
    get because() {
      return z.array(blocker).describe('What this waits for in turn.');
    },
  })
  .describe('One link of the chain.');

/** Zod makes the type from it; that it is the type of the answer is checked where it is assigned. */
export const whySchema: z.ZodType<Why> = z
  .strictObject({
    object,
    state: z.enum(['terminating', 'present']),
    since: text('Since when it is being deleted, as ISO 8601.').exactOptional(),
    says: text('The verdict as a sentence.'),
    stuck: z.boolean().describe('Something holds it that does not go by itself.'),
    blockers: z.array(blocker).describe('What holds it. If nobody deletes it: what would hold it.'),
    tried: z
      .strictObject({
        what: z.string(),
        answer: z.enum(['allowed', 'refused', 'unknown']),
        message: z.string().exactOptional(),
      })
      .describe('With --try: the answer of the API server to a dry run.')
      .exactOptional(),
    notSeen: z.array(z.string()).describe('What could not be read. Nothing is concluded from it.'),
  })
  .describe('The output of bookend why -o json.');

/** For docs/reference. */
export function whyJsonSchema(): object {
  return { ...z.toJSONSchema(whySchema, { target: 'draft-2020-12', reused: 'ref' }), title: 'Why' };
}
