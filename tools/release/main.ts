/**
 * `npm run release -- --out DIR`: makes everything that a release publishes, verifies it, signs it, and prints one
 * table. It publishes nothing; the workflow of a tag does (.github/workflows/release.yml).
 *
 * `--dry-run` is a rehearsal: any commit will do, changed files too, and keys are made for this run. `--skip-arm64`
 * runs no program for arm64, for machines without qemu. BOOKEND_OPENPGP_KEY and BOOKEND_ECDSA_KEY name the files of the
 * keys.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BookendError } from '../../src/errors.ts';
import { emptyDirectory } from '../empty-directory.ts';
import { type Artifact, checkDirectory, table, writeArtifact } from './artifact.ts';
import { packCharts, packPlugins } from './charts.ts';
import { currentCommit } from './commit.ts';
import { findHelms, packManifests, verifyWithHelm } from './helm.ts';
import { packImageList } from './image-list.ts';
import { packImages } from './images.ts';
import { packKubectlPlugin } from './kubectl-plugin.ts';
import { packNpm, packSboms } from './package.ts';
import { packSchemas } from './schemas.ts';
import { openSigner, type Signer, sigstoreBundle, verifies } from './signing.ts';

const progress = (line: string) => process.stderr.write(`${line}\n`);

try {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, 'dry-run': { type: 'boolean' }, 'skip-arm64': { type: 'boolean' } },
  });
  const artifacts = await release(emptyDirectory(values.out), values['dry-run'] ?? false, values['skip-arm64'] ?? false);
  process.stdout.write(`${table(artifacts)}\n`);
} catch (error) {
  const known = error instanceof BookendError ? error : undefined;
  if (!known && !(error instanceof TypeError)) throw error;
  process.stderr.write(`${(error as Error).message}\n${known ? `${known.advice}\n` : ''}`);
  process.exitCode = known?.exitCode ?? 2;
}

async function release(out: string, isRehearsal: boolean, skipArm64: boolean): Promise<Artifact[]> {
  const { BOOKEND_OPENPGP_KEY: openpgp, BOOKEND_ECDSA_KEY: ecdsa } = process.env;
  if (!isRehearsal && !(openpgp && ecdsa)) {
    throw new BookendError('bad-input', 'a release is signed, and no keys are given', {
      advice: 'Set BOOKEND_OPENPGP_KEY and BOOKEND_ECDSA_KEY to files. A rehearsal makes its own keys: --dry-run',
    });
  }
  const commit = currentCommit(isRehearsal);
  const signer = openSigner({ ...(openpgp && { openpgp }), ...(ecdsa && { ecdsa }) });
  const roots: string[] = [];
  try {
    const packed = await packImages(out, commit, { signer, skipArm64, progress });
    roots.push(...Object.values(packed.roots));
    progress('Packing charts, plugins, the npm package and the lists of contents …');
    const charts = await packCharts(out, commit, packed.images, signer);
    const plugins = await packPlugins(out, signer);
    const helms = await findHelms();
    verifyWithHelm(out, [...charts, ...plugins], helms, signer);
    const artifacts = [
      ...packed.artifacts,
      ...charts,
      ...plugins,
      ...packManifests(out, `bookend-${commit.version}.tgz`, helms),
      packImageList(out, commit.version, packed.images),
      await packNpm(out, commit),
      ...(await packKubectlPlugin(out, commit, packed.roots, skipArm64)),
      ...packSchemas(out),
      ...(await packSboms(out, commit, packed.images, packed.roots)),
      writeArtifact(out, 'bookend.gpg', signer.keyring),
      writeArtifact(out, 'bookend.pub', signer.publicKey),
    ];
    const all = [...artifacts, ...checksums(out, artifacts, signer)];
    checkDirectory(out, all);
    return all;
  } finally {
    signer.dispose();
    for (const root of roots) rmSync(root, { recursive: true, force: true });
  }
}

/** One signature covers every file: the list of their checksums is signed. */
function checksums(out: string, artifacts: readonly Artifact[], signer: Signer): Artifact[] {
  const lines = artifacts
    .map(({ file, sha256 }) => `${sha256}  ${file}\n`)
    .sort((one, other) => (one.slice(66) < other.slice(66) ? -1 : 1));
  const list = lines.join('');
  const signature = signer.sign(list);
  const artifact = writeArtifact(out, 'SHA256SUMS', list);
  if (verifies(signer.publicKey, list, signature))
    artifact.verified.push(signer.isRehearsal ? 'its signature (rehearsal key)' : 'its signature');
  return [
    artifact,
    writeArtifact(out, 'SHA256SUMS.sig', `${signature}\n`),
    writeArtifact(out, 'SHA256SUMS.sigstore.json', sigstoreBundle(signer.publicKey, list, signature)),
  ];
}
