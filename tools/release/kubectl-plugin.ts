/**
 * The command line with its own Node, for machines without Node, and the manifest by which krew installs it as
 * `kubectl bookend`. The URLs of the manifest are those that the release will have.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Architecture } from '../image/debian/lock.ts';
import { filesUnder } from '../image/inputs.ts';
import { type Artifact, writeArtifact } from './artifact.ts';
import { type Commit, unknownSource } from './commit.ts';
import { architectures, runFor } from './images.ts';
import { tarball } from './tarball.ts';

/** krew links to it from another directory. */
const start = `#!/bin/sh
# Starts Bookend on the Node beside this file.
here=$(dirname "$(readlink -f "$0")")
exec "$here/node" "$here/app/bookend.mjs" "$@"
`;

/** @param roots the files of the image `bookend` for each architecture: the same Node and program */
export async function packKubectlPlugin(
  out: string,
  commit: Commit,
  roots: Record<Architecture, string>,
  skipArm64: boolean,
): Promise<Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const architecture of architectures) {
    const root = roots[architecture];
    const file = `kubectl-bookend-linux-${architecture}.tar.gz`;
    const content = await tarball([
      { name: 'kubectl-bookend', content: start, executable: true },
      { name: 'node', content: readFileSync(join(root, 'usr/bin/node')), executable: true },
      ...filesUnder(root, 'app').map((name) => ({ name, content: readFileSync(join(root, name)) })),
      { name: 'LICENSE', content: readFileSync(join(root, 'usr/share/doc/bookend/copyright')) },
      { name: 'LICENSE.node', content: readFileSync(join(root, 'usr/share/doc/node/copyright')) },
      { name: 'LICENSE.packages', content: readFileSync(join(root, 'usr/share/doc/bookend/packages')) },
    ]);
    const artifact = writeArtifact(out, file, content);
    if (architecture === 'amd64' || !skipArm64) {
      runFor(architecture, root, [join(root, 'usr/bin/node'), join(root, 'app/bookend.mjs'), 'plan', '-f', example]);
      artifact.verified.push(`bookend plan (${architecture})`);
    }
    artifacts.push(artifact);
  }
  return [...artifacts, writeArtifact(out, 'bookend-krew.yaml', krewManifest(commit, artifacts))];
}

const example = join(import.meta.dirname, '..', '..', 'examples', 'node-agent', 'objects.yaml');

/** https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
export function krewManifest({ version, source = unknownSource }: Commit, archives: readonly Artifact[]): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'bookend' },
    spec: {
      version: `v${version}`,
      homepage: source,
      shortDescription: 'Preview and order the uninstall of workloads',
      description:
        'Finds out what breaks when a workload is uninstalled, uninstalls it in the order in which its objects need each\nother, explains what blocks an object, and lists what is left.\n',
      platforms: archives.map(({ file, sha256 }) => ({
        selector: { matchLabels: { os: 'linux', arch: /amd64|arm64/.exec(file)?.[0] } },
        uri: `${source}/releases/download/v${version}/${file}`,
        sha256,
        bin: 'kubectl-bookend',
      })),
    },
  });
}
