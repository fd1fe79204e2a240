/** The files of a release, what each is for, and what has verified it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';

export type Artifact = {
  /** The name of the file in the directory of the release. */
  file: string;
  bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
  /** The digest in a registry, if the file is an image. */
  imageDigest?: string;
  /** What was run on the artifact, and passed. */
  verified: string[];
};

export function writeArtifact(out: string, file: string, content: Buffer | string): Artifact {
  writeFileSync(join(out, file), content);
  return describeArtifact(out, file);
}

export function describeArtifact(out: string, file: string): Artifact {
  const content = readFileSync(join(out, file));
  return { file, bytes: content.length, sha256: sha256(content), verified: [] };
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * What is published is the directory: it must contain each artifact as it was verified, and nothing else.
 * @throws BookendError `internal` when a later step has changed, removed or added a file.
 */
export function checkDirectory(out: string, artifacts: readonly Artifact[]): void {
  const found = readdirSync(out).sort();
  const expected = artifacts.map(({ file }) => file).sort();
  if (found.join() !== expected.join()) {
    throw new BookendError('internal', `${out} contains ${found.join(', ')}; expected are ${expected.join(', ')}`);
  }
  for (const { file, sha256: verified } of artifacts) {
    if (describeArtifact(out, file).sha256 !== verified) {
      throw new BookendError('internal', `${join(out, file)} was changed after it was verified`);
    }
  }
}

/** One line for each artifact. */
export function table(artifacts: readonly Artifact[]): string {
  const rows = [
    ['ARTIFACT', 'SIZE', 'SHA-256', 'VERIFIED BY'],
    ...artifacts.map(({ file, bytes, sha256: sum, verified }) => [
      file,
      size(bytes),
      sum.slice(0, 16),
      verified.join(', ') || '-',
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const digests = artifacts.flatMap(({ file, imageDigest }) => (imageDigest ? `${file} is the image ${imageDigest}` : []));
  return [...lines, ...digests].join('\n');
}

function size(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
