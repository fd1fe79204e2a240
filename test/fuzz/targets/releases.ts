/** Releases as Helm stores them: base64 of gzip of JSON, in a Secret that anybody in its namespace may write. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { KubernetesObject } from '../../../src/objects/object.ts';
import { decodeRelease } from '../../../src/reading/stored-release.ts';
import { maimed, mutated } from '../mutations.ts';
import { release } from '../seeds.ts';
import type { Target } from '../target.ts';

const secret = (data: unknown): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'helm.sh/release.v1',
  metadata: { name: 'sh.helm.release.v1.web.v3', namespace: 'shop' },
  data,
});
const packed = (text: string) => Buffer.from(gzipSync(text, { level: 1 }).toString('base64')).toString('base64');

/** Nested and large ones that are small when they are packed. */
const bombs = fc
  .tuple(
    fc.constantFrom(' ', '[', '{"a":', '"x', '\n- ', '\0', 'a: b\n'),
    fc.constantFrom(1_000, 100_000, 5_000_000),
    fc.boolean(),
  )
  .map(([piece, times, isManifest]) => {
    const large = piece.repeat(times);
    return packed(isManifest ? JSON.stringify({ ...release, manifest: large }) : large);
  });

const inputs = fc.oneof(
  { weight: 6, arbitrary: maimed([release]).map((value) => packed(JSON.stringify(value) ?? '')) },
  { weight: 6, arbitrary: mutated([JSON.stringify(release)]).map(packed) },
  { weight: 3, arbitrary: mutated([packed(JSON.stringify(release))]) },
  { weight: 1, arbitrary: bombs },
);

export const releases: Target<KubernetesObject> = {
  name: 'releases',
  title: 'stored releases of Helm',
  inputs: fc.oneof(
    { weight: 12, arbitrary: inputs.map((text) => secret({ release: text })) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).map(secret) },
  ),
  read: (object) => decodeRelease(object),
  show: (object) => JSON.stringify(object),
};
