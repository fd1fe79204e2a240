/** The schema of remedies in the documents of `-o json`. Only the generator and tests load it. */
import * as z from 'zod';
import type { ObjectId } from '../objects/identity.ts';
import type { ChangeStep, CommandStep, Remedy } from '../remedies/remedy.ts';

const text = (description: string) => z.string().describe(description);

const command = z.strictObject({
  do: z.literal('run'),
  when: z
    .enum(['before', 'after', 'instead', 'now'])
    .describe('before or after the uninstall, instead of the uninstall that was simulated, or now.'),
  argv: z
    .tuple([z.enum(['kubectl', 'helm', 'bookend'])], z.string())
    .describe('The words as the program gets them. Quote them for a shell.') as unknown as z.ZodType<CommandStep['argv']>,
  replace: z
    .record(z.string(), z.string())
    .describe('Words of argv that only the reader knows, such as RELEASE, each with what to put there.')
    .exactOptional(),
  looks: z.literal(true).describe('It changes nothing.').exactOptional(),
});

const change = z.strictObject({
  do: z.literal('change'),
  object: text('The object of the chart or the files.') as unknown as z.ZodType<ObjectId>,
  set: z
    .array(z.strictObject({ path: z.array(z.union([z.string(), z.number()])), value: z.unknown() }))
    .describe('The fields and their new values. An absent value removes the field.') as unknown as z.ZodType<ChangeStep['set']>,
});

const hook = z
  .strictObject({
    do: z.literal('hook'),
    delete: z.array(
      z.strictObject({
        kind: z.string(),
        names: z.array(z.string()).exactOptional(),
        namespace: z.string().exactOptional(),
        all: z.literal(true).exactOptional(),
      }),
    ),
  })
  .describe('Add the library chart bookend-hook to the chart, with this list as bookend.delete in its values.');

const unplayable = z.enum([
  ...(['another-program', 'code-of-the-operator', 'script-of-the-hook', 'person-decides'] as const),
  'outside-of-the-cluster',
]);

export const remedySchema: z.ZodType<Remedy> = z.strictObject({
  says: text('What it does.'),
  steps: z
    .array(z.union([command, change, hook, z.strictObject({ do: z.literal('advise'), says: z.string(), why: unplayable })]))
    .describe('In their order.'),
  loses: text('What it destroys or stops. Absent: nothing.').exactOptional(),
  played: z
    .union([
      z.strictObject({ result: z.enum(['cures', 'shows']) }),
      z.strictObject({ result: z.literal('not-played'), because: z.union([unplayable, z.literal('too-large')]) }),
    ])
    .describe(
      'cures: in the simulation what it is for goes away, and it harms nothing else. shows: it only shows something. not-played: it was not tried.',
    ),
});
