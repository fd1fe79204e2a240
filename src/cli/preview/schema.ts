/**
 * The document of `bookend preview -o json`, described once for programs: docs/reference/preview.schema.json is made of
 * it. The compiler holds it to the type, and a test to what is really printed. Only the generator and tests load it.
 */
import * as z from 'zod';
import type { ObjectId } from '../../objects/identity.ts';
import type { Preview } from '../../preview/document.ts';
import { tools } from '../../uninstall/scenario.ts';
import { remedySchema } from '../remedy-schema.ts';

const ms = (description: string) => z.number().min(0).describe(`${description} In ms since the uninstall began.`);
const text = (description: string) => z.string().describe(description);
/** An identity is a string that the compiler tells from others. */
const id = (description: string) => z.string().describe(description) as unknown as z.ZodType<ObjectId>;

const object = z
  .strictObject({
    kind: z.string(),
    apiVersion: z.string(),
    namespace: z.string().exactOptional(),
    name: z.string(),
  })
  .describe('An object. Cluster-scoped ones have no namespace.');

const origin = z
  .strictObject({
    file: text('The file, as it was named on the command line.').exactOptional(),
    line: z.number().int().min(1).describe('From 1: where the content of the object begins.').exactOptional(),
    source: text("The template, as Helm's comment # Source names it.").exactOptional(),
  })
  .describe('Where an object was written down.');

const severity = z
  .enum(['error', 'warning', 'note'])
  .describe('error: the simulation ends in it. warning: it depends on something that cannot be seen. note: worth knowing.');

const evidence = z.strictObject({
  object: text('Kind, namespace and name, for people.'),
  id: id('Kind.group/namespace/name.'),
  field: text('The path of the field.').exactOptional(),
  value: text('What the field holds.').exactOptional(),
  says: text('What it shows.'),
  origin: origin.exactOptional(),
});

const foundObject = object.extend({
  labelled: text(
    'Of an object outside of this uninstall: its release and chart by its own labels and annotations, which others can write.',
  ).exactOptional(),
});

const finding = z.strictObject({
  rule: text('The identifier of the rule.'),
  severity,
  title: z.string(),
  objects: z.array(foundObject),
  evidence: z.array(evidence),
  consequence: text('What will happen. A warning also states the condition.'),
  remedies: z.array(remedySchema).describe('How to prevent it, the best first. One of them is enough.'),
  bookend: z
    .enum(['prevented', 'reported', 'same', 'not-played'])
    .describe(
      'The finding when Bookend runs the same uninstall. prevented: it does not occur. reported: Bookend stops and reports it. same: it occurs too. not-played: that uninstall was not played.',
    ),
  scenario: z.enum(tools).describe('The tool that was played.'),
});

const suppressed = finding.extend({
  suppressed: z
    .strictObject({
      by: z.enum(['annotation', 'baseline']).describe('annotation: bookend.dev/ignore on the object. baseline: --baseline.'),
      reason: text('As the annotation or the baseline states it.').exactOptional(),
    })
    .describe('Why the finding is accepted.'),
});

const podEnd = z
  .strictObject({
    pod: id('The Pod.'),
    uid: z.string(),
    of: id('The topmost owner.'),
    account: text('namespace/name of its ServiceAccount.'),
    stoppingAt: ms('When its deletion began.').exactOptional(),
    stoppedAt: ms('When its containers ended.').exactOptional(),
    goneAt: ms('When it was gone.').exactOptional(),
    preStop: z
      .strictObject({
        containers: z.array(z.string()),
        calls: z.enum(['certain', 'likely', 'possible', 'unlikely']).describe('How certain it is that the hook calls the API.'),
        outcome: z.enum(['succeeded', 'failed', 'not-run']),
        message: z.string().exactOptional(),
      })
      .exactOptional(),
    lost: z
      .array(z.strictObject({ at: ms('When.'), by: id('What was deleted.'), what: text('What its account can no longer do.') }))
      .describe('The permissions that it lost before it ended.'),
    missed: z
      .array(z.strictObject({ at: ms('When.'), id: id('What was gone.') }))
      .describe('What it needed and was deleted first.'),
  })
  .describe('The termination of a Pod.');

const entry = z.strictObject({
  id: id('Kind.group/namespace/name.'),
  object,
  calledAt: ms('When its deletion was requested; absent if it was not requested.').exactOptional(),
  terminatingAt: ms('When it began to terminate.').exactOptional(),
  goneAt: ms('When it was gone; absent if it never goes.').exactOptional(),
  pod: podEnd.exactOptional(),
  notes: z.array(z.string()),
});

const left = z.strictObject({
  object,
  id: id('Kind.group/namespace/name.'),
  why: z.enum([
    ...(['stuck', 'refused', 'kept', 'hook', 'child', 'storage', 'custom-resource', 'crd', 'secret'] as const),
    ...(['recreated', 'pod-effects', 'not-deleted'] as const),
  ]),
  because: text('The reason, with the object that holds it.'),
  supposed: z
    .literal(true)
    .describe('Nobody has seen it, or what alone holds it. The verdict does not count it.')
    .exactOptional(),
});

const outcome = z
  .enum(['succeeded', 'failed', 'hangs'])
  .describe(
    'succeeded: the tool reports success. failed: it reports an error. hangs: it never ends, or an object stays in Terminating.',
  );

/** Zod makes the type from it; that it is the type of the model is checked where it is assigned. */
export const previewSchema: z.ZodType<Preview> = z
  .strictObject({
    subject: z.strictObject({
      from: z.enum(['release', 'chart', 'files', 'namespace']),
      name: z.string(),
      namespace: z.string(),
      live: z.boolean().describe('Whether a live cluster was read.'),
      objects: z.number().int().describe('How many objects the tool is asked to delete.'),
    }),
    scenario: z.strictObject({
      tool: z.enum(tools),
      wait: z.boolean(),
      hooks: z.boolean(),
      timeoutMs: z.number(),
      seed: z.number().int(),
    }),
    outcome,
    message: text('The last message of the tool.').exactOptional(),
    returnedMs: ms('When the tool returned.'),
    settledMs: ms('When the cluster settled.'),
    findings: z.array(finding),
    suppressed: z.array(suppressed).exactOptional().describe('Accepted findings. They do not change the exit code.'),
    timeline: z.array(entry),
    left: z.array(left).describe('The objects that remain.'),
    bookend: z
      .strictObject({
        outcome,
        settledMs: ms('When the cluster settled.'),
        failedPreStopHooks: z.number().int(),
        left: z.array(left),
        timeline: z.array(entry).exactOptional(),
      })
      .exactOptional()
      .describe('The same uninstall with Bookend.'),
    supposed: z.array(z.string()).describe('Assumptions about what the input does not contain.'),
    notSeen: z.array(z.string()).describe('What could not be read. Nothing is concluded from it.'),
  })
  .describe(
    'The output of bookend preview -o json, and of bookend lint -o json for one chart. For several charts see lint.schema.json.',
  );

/** For docs/reference. */
export function previewJsonSchema(): object {
  return { ...z.toJSONSchema(previewSchema, { target: 'draft-2020-12', reused: 'ref' }), title: 'Preview' };
}
