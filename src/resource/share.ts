/** A share as a ClusterOperator says it: what the API server can check without looking at a Pod. The operator checks the rest before it changes anything. */
import { z } from 'zod';
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
    path: path('Absolute path of a directory in the image, or in mode copy of a file.'),
    type: z
      .enum(['Directory', 'File'])
      .exactOptional()
      .describe('What the path is. Absent: a directory, unless its name ends as that of a file does. Files can only be copied.'),
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
        'scratch: an empty directory. copy: filled from the image by init containers. image: an image volume, without any copy and read-only. auto (default): scratch without a source; image where all only read and the nodes are known to support it; else copy.',
      ),
    medium: z
      .literal('Memory')
      .exactOptional()
      .describe('Keeps the files in memory, which counts against the limits of the Pod.'),
    sizeLimit: z.string().min(1).max(32).exactOptional().describe('How much the share may hold at most, such as 64Mi.'),
  })
  .describe('A directory that several containers of a Pod see.');

/** As it is written; whether the source is one of both kinds is checked by then. */
export type WrittenShare = z.infer<typeof shareSchema>;
