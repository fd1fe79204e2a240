/** Asks both Helms about what was packed, and renders the manifests for those without Helm. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { BookendError } from '../../src/errors.ts';
import { createProgress } from '../local-cluster/index.ts';
import { buildHelms } from '../local-cluster/programs/build.ts';
import { newestKubernetes } from '../local-cluster/versions.ts';
import { type Artifact, writeArtifact } from './artifact.ts';
import { run } from './programs.ts';
import type { Signer } from './signing.ts';

export type Helms = { helm3: string; helm4: string };

const namespace = 'bookend-system';

/** HELM3 and HELM4 name programs; without them both are built, as for the local cluster. */
export async function findHelms(environment: NodeJS.ProcessEnv = process.env): Promise<Helms> {
  const { HELM3: helm3, HELM4: helm4 } = environment;
  return helm3 && helm4 ? { helm3, helm4 } : buildHelms(newestKubernetes, createProgress({ stream: process.stderr }));
}

/**
 * Verifies each provenance file as users do: with `helm verify`, and `helm plugin install`, which verifies on its own.
 */
export function verifyWithHelm(out: string, artifacts: readonly Artifact[], helms: Helms, signer: Signer): void {
  const home = mkdtempSync(join(tmpdir(), 'bookend-helm-'));
  try {
    const keyring = join(home, 'keyring.gpg');
    writeFileSync(keyring, signer.keyring);
    const environment = Object.fromEntries(['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, join(home, kind)]));
    for (const { file, verified } of artifacts.filter(({ file: name }) => name.endsWith('.tgz') && !name.startsWith('npm-'))) {
      const path = join(out, file);
      if (/^(helm-plugin-|bookend-share-)/.test(file)) {
        run(helms.helm4, ['plugin', 'install', path, '--keyring', keyring], { environment });
        verified.push('helm plugin install (4)');
        continue;
      }
      for (const [helm, major] of [
        [helms.helm4, 4],
        [helms.helm3, 3],
      ] as const) {
        run(helm, ['verify', path, '--keyring', keyring], { environment });
        run(helm, ['lint', path], { environment });
        verified.push(`helm verify, lint (${major})`);
      }
    }
  } finally {
    rmSync(home, { recursive: true });
  }
}

/**
 * `install.yaml` is what `helm install` creates, and `uninstall.yaml` the Job that `helm uninstall` runs first.
 * @param chart the packed chart
 */
export function packManifests(out: string, chart: string, { helm4 }: Helms): Artifact[] {
  const template = (...args: string[]) =>
    run(helm4, ['template', 'bookend', join(out, chart), '--namespace', namespace, '--kube-version', newestKubernetes, ...args]);
  const own = `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n`;
  return [
    manifest(out, 'install.yaml', own + template('--no-hooks'), ['CustomResourceDefinition', 'Deployment']),
    manifest(out, 'uninstall.yaml', template('--show-only', 'templates/pre-delete.yaml'), ['Job', 'ServiceAccount']),
  ];
}

function manifest(out: string, file: string, text: string, kinds: string[]): Artifact {
  const found = parseAllDocuments(text).flatMap((document) => (document.toJS() as { kind?: string } | null)?.kind ?? []);
  const missing = kinds.filter((kind) => !found.includes(kind));
  if (missing.length > 0) throw new BookendError('internal', `${file} has no ${missing.join(', ')}`);
  return { ...writeArtifact(out, file, text), verified: [`${found.length} objects`] };
}
