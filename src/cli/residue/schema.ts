/**
 * A receipt as JSON, described once for programs: docs/reference/receipt.schema.json is made of it. The compiler holds
 * it to the type, and a test to what is really printed. Only the generator and tests load it.
 */
import * as z from 'zod';
import type { ObjectId } from '../../objects/identity.ts';
import { type Receipt, residueKinds, verdicts } from '../../residue/receipt.ts';
import { remedySchema } from '../remedy-schema.ts';

const text = (description: string) => z.string().describe(description);
/** An identity is a string that the compiler tells from others. */
const id = (description = 'Kind.group/namespace/name.') => z.string().describe(description) as unknown as z.ZodType<ObjectId>;
const time = (description: string) => z.string().describe(`${description} As Kubernetes writes times.`);

const versions = z
  .record(z.string(), z.string())
  .describe('The resourceVersion of each list, by resource, such as deployments.apps.');

const confidence = z
  .enum(['certain', 'likely', 'possible'])
  .describe(
    'certain: a UID proves it. likely: the manifest of the release or several clues say so. possible: only what anybody could have written says so.',
  );

const evidence = z.strictObject({
  clue: z
    .enum(['uid', 'manifest', 'kind', 'manager', 'mention', 'mark', 'name'])
    .describe(
      'uid: a UID that was known before. manifest: the manifest of the release. kind: a definition of the release. manager: a field manager, a word that each program chooses. mention: the manifest names the key. mark, name: labels, annotations and names, which anybody can write.',
    ),
  object: id('The object that shows it.'),
  field: text('The path of the field.').exactOptional(),
  value: text('What the field holds.').exactOptional(),
  says: text('What it shows.'),
});

const ref = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().exactOptional(),
  name: z.string(),
  uid: z.string(),
});

const residue = z.strictObject({
  what: z.enum(residueKinds).describe('finalizer, field: only this belongs to the release, the object is of others.'),
  id: id(),
  ref,
  resourceVersion: z.string().exactOptional(),
  field: z
    .strictObject({
      path: text('Such as metadata.labels[example.com/ready].'),
      pointer: text('As a JSON pointer, where one can name it.').exactOptional(),
      value: text('Of labels. managedFields record no values.').exactOptional(),
    })
    .exactOptional(),
  program: text('The field manager that wrote it.').exactOptional(),
  confidence,
  evidence: z.array(evidence),
  remedy: remedySchema,
});

const gone = z.strictObject({
  id: id(),
  uid: z.string().exactOptional(),
  askedAt: time('When its deletion was requested.').exactOptional(),
  goneAt: time('When it was gone. Absent: it is missing afterwards, and nobody watched it go.').exactOptional(),
  waitedFor: z.array(id()).describe('What its deletion waited for.').exactOptional(),
});

const kept = z.strictObject({
  id: id(),
  uid: z.string().exactOptional(),
  by: z
    .enum(['chart', 'annotation', 'user', 'helm', 'others'])
    .describe(
      'chart: its manifest. annotation: on the live object. user: the command line. helm: Helm never deletes it. others: it is theirs by now, or something of theirs is in it.',
    ),
  says: z.string(),
});

const forced = z.strictObject({
  id: id(),
  uid: z.string().exactOptional(),
  what: z.enum(['finalizer', 'grace-period']),
  says: z.string(),
  loses: z.string(),
});

const answer = z.strictObject({ id: id(), says: z.string() });

/** Zod makes the type from it; that it is the type of the model is checked where it is assigned. */
export const receiptSchema: z.ZodType<Receipt> = z
  .strictObject({
    release: z
      .strictObject({ name: z.string(), namespace: z.string() })
      .describe('Of bookend uninstall -f the names of the files, of --namespace-delete the namespace.'),
    from: z.enum(['files', 'namespace']).exactOptional().describe('Absent: a Helm release.'),
    verdict: z
      .enum(verdicts)
      .describe(
        'clean: everything was looked at, and nothing is left. residue: something is left. clean-as-far-as-seen: nothing is surely left, but not everything could be looked at, a preStop hook failed, something was forced, or what was found may be of others. blocked, timed-out: the uninstall did not end.',
      ),
    snapshots: z.strictObject({ before: versions.exactOptional(), after: versions }),
    gone: z.array(gone),
    kept: z.array(kept),
    forced: z.array(forced),
    failedPreStopHooks: z.array(z.strictObject({ namespace: z.string(), pod: z.string(), message: z.string() })),
    stopped: z
      .strictObject({ how: z.enum(['blocked', 'timed-out']), object: id().exactOptional(), says: z.string() })
      .exactOptional()
      .describe('What stood in the way at the end.'),
    residue: z.array(residue),
    notSeen: z.array(z.string()).describe('What could not be looked at. With any of it the verdict is never clean.'),
    reinstall: z
      .strictObject({
        result: z.enum(['accepted', 'refused', 'not-known']),
        refused: z.array(answer),
        notChecked: z.array(answer),
      })
      .exactOptional()
      .describe('With --check-reinstall: what the API server answers to the same release, as a dry run.'),
    removal: z
      .strictObject({
        digest: z.string(),
        items: z.array(z.strictObject({ id: id(), uid: z.string(), path: z.string().exactOptional() })),
      })
      .exactOptional()
      .describe('What bookend residue --delete DIGEST removes.'),
  })
  .describe(
    'The output of bookend residue RELEASE -o json. For a whole namespace it is {"receipts": […]}, each of these, and "unfinished": the Secrets and Leases of uninstalls of files that run or were not finished.',
  );

export function receiptJsonSchema(): object {
  return { ...z.toJSONSchema(receiptSchema, { target: 'draft-2020-12', reused: 'ref' }), title: 'Receipt' };
}
