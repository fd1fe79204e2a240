/**
 * What `bookend uninstall --dry-run -o json` prints, described once for programs: docs/reference/overview.schema.json
 * is made of it. The compiler holds it to the type, and a test to what is really printed. Only the generator and tests
 * load it.
 */
import * as z from 'zod';
import type { ObjectId } from '../../objects/identity.ts';
import type { OverviewDocument } from './overview.ts';

const text = (description: string) => z.string().describe(description);
/** An identity is a string that the compiler tells from others. */
const id = (description = 'Kind.group/namespace/name.') => z.string().describe(description) as unknown as z.ZodType<ObjectId>;

const step = z.strictObject({
  object: id(),
  wave: z.int().describe('Counted from 1. Objects of one wave go side by side where nothing else keeps them.'),
  mode: z.enum(['delete', 'await']).describe('await: it belongs to others, and is only waited for.'),
  component: text('Of a ClusterOperator.').exactOptional(),
  reason: z.string().exactOptional(),
  after: z.array(id()).describe('What it directly waits for.'),
});

const overviewSchema: z.ZodType<OverviewDocument> = z.strictObject({
  release: z
    .strictObject({ name: z.string(), namespace: z.string(), revision: z.int(), status: z.string(), chart: z.string() })
    .describe('Of a release.')
    .exactOptional(),
  files: text('With -f: what the files are called.').exactOptional(),
  namespace: text('With --namespace-delete.').exactOptional(),
  hooks: z.array(z.strictObject({ event: text('pre-delete or post-delete.'), object: z.string() })).describe('Those that run.'),
  steps: z.array(step).describe('In the order of deletion.'),
  kept: z.array(z.strictObject({ object: id(), reason: z.string().exactOptional() })).describe('What stays, by policy.'),
  foreignCustomResources: z
    .array(z.string())
    .describe('Custom resources that others made. --custom-resources says whether they go.'),
  ownedByForeignCustomResources: z
    .array(z.string())
    .describe('With --custom-resources delete: what these custom resources own, which goes with them.')
    .exactOptional(),
  absent: z.array(z.string()).describe('With -f: what the files name and the cluster does not have.').exactOptional(),
  outside: z
    .array(z.string())
    .describe('With --namespace-delete: what is not in the namespace, stays, and no longer works. Sentences.')
    .exactOptional(),
  left: z
    .array(z.strictObject({ object: z.string(), says: text('By whose wish.') }))
    .describe('What the uninstall leaves alone.'),
  notSeen: z.array(z.string()).describe('What could not be looked at.'),
});

export const dryRunSchema = z
  .union([overviewSchema, z.strictObject({ releases: z.array(overviewSchema) })])
  .describe(
    'The output of bookend uninstall --dry-run -o json. Of releases it is {"releases": […]}, in the order in which they go.',
  );

export function dryRunJsonSchema(): object {
  return { ...z.toJSONSchema(dryRunSchema, { target: 'draft-2020-12', reused: 'ref' }), title: 'Overview of an uninstall' };
}
