/**
 * A share as a ClusterOperator says it: what the API server can check without looking at a Pod. The operator checks
 * the rest before it changes anything.
 */
import * as z from 'zod';
import { shareLimits } from '../share/limits.ts';

const container = (description: string) =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe(description);

const path = (description: string) => z.string().min(1).max(shareLimits.text).regex(/^\//).describe(description);

const source = z
  .object({
    container: container('Container or init container of the same Pod whose image has the files.').exactOptional(),
    image: z
      .string()
      .min(1)
      .max(shareLimits.text)
      .regex(/^\S+$/)
      .exactOptional()
      .describe('Or: reference of an image that has the files and that no container runs.'),
    path: path(
      'Absolute path of a directory in the image, or in mode copy of a file. A "/" at the end says that it is a directory.',
    ),
    type: z
      .enum(['Directory', 'File'])
      .exactOptional()
      .describe('What the path is. Files can only be copied; so is a path without this field.'),
  })
  .describe('Where the files come from. Absent: the directory begins empty.')
  .meta({
    'x-kubernetes-validations': [
      { rule: 'has(self.container) != has(self.image)', message: 'either container or image must be given, and not both' },
    ],
  });

const consumer = z.object({
  container: container('Container or init container that sees the share.'),
  path: path('Absolute path at which it sees the share. What its own image has there is hidden.'),
  readOnly: z.boolean().exactOptional().describe('Whether it only reads. Default false, as in volumeMounts.'),
});

const quantity = (description: string) =>
  z
    .union([z.int(), z.string()])
    .describe(description)
    .meta({ 'x-kubernetes-int-or-string': true, maxLength: 32 })
    .exactOptional();

const quantities = (description: string) =>
  z
    .object({ cpu: quantity('Such as 50m.'), memory: quantity('Such as 64Mi.'), 'ephemeral-storage': quantity('Such as 1Gi.') })
    .exactOptional()
    .describe(description);

const resources = z
  .object({
    requests: quantities('What the scheduler reserves.'),
    limits: quantities('What the container may use at most.'),
  })
  .describe('Resources of the container that copies. Absent: those of the source container. {}: none.');

/** Below `spec.components[]`. */
export const shareSchema = z
  .object({
    name: z
      .string()
      .min(1)
      .max(49)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe('Name of the share, unique in the component; the volume is called bookend-share-NAME.'),
    from: source.exactOptional(),
    to: z
      .array(consumer)
      .min(1)
      .max(shareLimits.consumers)
      .describe('Who sees it, and where.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    mode: z
      .enum(['auto', 'scratch', 'copy', 'image'])
      .exactOptional()
      .describe(
        'scratch: an empty directory. copy: filled from the image by init containers. image: an image volume, without any copy and read-only. auto (default): scratch without a source; image where all only read, the source is known to be a directory and the nodes are known to support it; else copy.',
      ),
    medium: z
      .literal('Memory')
      .exactOptional()
      .describe('Keeps the files in memory, which counts against the limits of the Pod.'),
    sizeLimit: z.string().min(1).max(32).exactOptional().describe('How much the share may hold at most, such as 64Mi.'),
    owners: z
      .literal('keep')
      .exactOptional()
      .describe(
        'keep: files keep owner, group and special bits, which needs a copy by root with the capabilities to change them. Absent: the copy belongs to the user who copies, as with cp -r.',
      ),
    chown: z
      .string()
      .min(1)
      .max(21)
      .exactOptional()
      .describe('Whom the files belong to, in numbers: UID, UID:GID or :GID. Another user needs a copy by root.'),
    chmod: z
      .string()
      .min(1)
      .max(100)
      .exactOptional()
      .describe('Modes of the files: octal such as 0755, or symbolic as chmod(1) has it, such as g+rwX.'),
    resources: resources.exactOptional(),
    onConflict: z
      .enum(['fail', 'last'])
      .exactOptional()
      .describe(
        'Shares that are seen at one place fill one directory, in their order. fail (default): a path that an earlier one has too ends the copy with both names. last: this share counts there.',
      ),
  })
  .describe('A directory that several containers of a Pod see.');

/** As it is written; whether the source is one of both kinds is checked by then. */
export type WrittenShare = z.infer<typeof shareSchema>;
