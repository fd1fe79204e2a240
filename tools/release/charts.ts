/** The charts and the Helm plugins as archives, each with a provenance file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { repository } from '../image/bundle.ts';
import { type Artifact, sha256, writeArtifact } from './artifact.ts';
import type { Commit } from './commit.ts';
import { provenanceText, type Signer } from './signing.ts';
import { filesOf, tarball } from './tarball.ts';

export type ReleasedImage = { name: string; repository: string; digest: string };

/** @param images For the annotation from which Artifact Hub knows what to scan. */
export async function packCharts(out: string, commit: Commit, images: ReleasedImage[], signer: Signer): Promise<Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const name of ['bookend', 'bookend-hook']) {
    const metadata = chartMetadata(name, commit, images);
    const files = filesOf(repository, `charts/${name}`, name);
    const packed = files.map((file) => (file.name === `${name}/Chart.yaml` ? { ...file, content: metadata } : file));
    artifacts.push(...(await signed(out, `${name}-${commit.version}.tgz`, metadata, await tarball(packed), signer)));
  }
  return artifacts;
}

/** Plugins for Helm 4. Helm 3 cannot verify plugins and installs them from a clone. */
export async function packPlugins(out: string, signer: Signer): Promise<Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const directory of ['helm-bookend', 'helm-share']) {
    const metadata = readFileSync(join(repository, 'plugins', directory, 'plugin.yaml'), 'utf8');
    const { name, version } = parse(metadata) as { name: string; version: string };
    // Helm looks for the plugin in the directory that the name of the archive gives, without the version.
    const archive = name === 'bookend' ? `helm-plugin-${name}` : name;
    const files = filesOf(repository, `plugins/${directory}`, archive);
    const file = `${archive}-${version}.tgz`;
    artifacts.push(...(await signed(out, file, withoutComments(metadata), await tarball(files), signer)));
  }
  return artifacts;
}

async function signed(out: string, file: string, metadata: string, content: Buffer, signer: Signer): Promise<Artifact[]> {
  const provenance = signer.clearSign(provenanceText(metadata, file, sha256(content)));
  signer.verifyClear(provenance);
  return [writeArtifact(out, file, content), { ...writeArtifact(out, `${file}.prov`, provenance), verified: ['gpg --verify'] }];
}

/** Chart.yaml with what is only known when it is released. */
function chartMetadata(name: string, { version, revision, source }: Commit, images: ReleasedImage[]): string {
  const chart = parse(readFileSync(join(repository, 'charts', name, 'Chart.yaml'), 'utf8')) as Record<string, unknown>;
  return stringify({
    ...chart,
    ...(source && { home: source, sources: [source] }),
    annotations: {
      ...(chart.annotations as object),
      'artifacthub.io/prerelease': String(version.includes('-') || version.startsWith('0.')),
      'artifacthub.io/images': stringify(
        images.map((image) => ({ name: image.repository, image: `${image.name}@${image.digest}` })),
      ),
      'org.opencontainers.image.revision': revision,
    },
  });
}

function withoutComments(text: string): string {
  return text.replace(/^#.*\n/gm, '');
}
