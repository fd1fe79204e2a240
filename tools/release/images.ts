/** The images for both architectures, each as one OCI layout with its signature, and the checks that they run. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { BookendError } from '../../src/errors.ts';
import { ownArchitecture } from '../image/archive.ts';
import { type BuiltImage, buildImages } from '../image/build.ts';
import type { Architecture } from '../image/debian/lock.ts';
import { images, registry } from '../image/images.ts';
import { joinArchitectures, type MultiArchitectureImage } from '../image/multi-architecture.ts';
import { type Artifact, writeArtifact } from './artifact.ts';
import type { ReleasedImage } from './charts.ts';
import { annotationsOf, type Commit } from './commit.ts';
import { run } from './programs.ts';
import { imagePayload, type Signer, verifies } from './signing.ts';

export const architectures: readonly Architecture[] = ['amd64', 'arm64'];
/**
 * The images that people install, with the size in bytes that one architecture may have when compressed. A node pulls
 * the image of the hook during an uninstall, so growth needs a reason. The examples are built where they are tried.
 */
const released: Readonly<Record<string, number>> = { bookend: 50e6, seed: 1.5e6 };

export type PackedImages = {
  artifacts: Artifact[];
  images: ReleasedImage[];
  /** The files of `bookend` for each architecture, unpacked; the caller removes them. */
  roots: Record<Architecture, string>;
};

type Options = { signer: Signer; skipArm64: boolean; progress: (line: string) => void };

export async function packImages(out: string, commit: Commit, { signer, skipArm64, progress }: Options): Promise<PackedImages> {
  const recipes = images.filter(({ repository }) => repository in released);
  const built = new Map<Architecture, BuiltImage[]>();
  for (const architecture of architectures) built.set(architecture, await buildImages({ architecture, recipes, progress }));
  const artifacts: Artifact[] = [];
  const list: ReleasedImage[] = [];
  const roots = {} as Record<Architecture, string>;
  for (const [index, { repository, title }] of recipes.entries()) {
    const each = architectures.map((architecture) => {
      const image = built.get(architecture)?.[index];
      if (!image) throw new BookendError('internal', `there is no image ${repository} for ${architecture}`);
      checkSize(repository, architecture, image.bytes);
      return { architecture, tar: image.tar, digest: image.digest };
    });
    const joined = await joinArchitectures(each, commit.version, annotationsOf(commit, title));
    const name = `${registry}/${repository}`;
    const artifact = { ...writeArtifact(out, `${repository}-image.tar`, joined.archive), imageDigest: joined.digest };
    for (const { architecture, digest } of each) {
      const root = await unpack(joined, digest);
      try {
        artifact.verified.push(verifyRuns(repository, commit.version, architecture, root, skipArm64));
      } finally {
        if (repository === 'bookend') roots[architecture] = root;
        else rmSync(root, { recursive: true });
      }
    }
    const payload = imagePayload(name, joined.digest);
    const signature = signer.sign(payload);
    const signed = writeArtifact(out, `${repository}-image.payload.json`, payload);
    if (verifies(signer.publicKey, readFileSync(join(out, signed.file)), signature)) signed.verified.push('its signature');
    artifacts.push(artifact, signed, writeArtifact(out, `${repository}-image.payload.json.sig`, signature));
    list.push({ name, repository, digest: joined.digest });
  }
  return { artifacts, images: list, roots };
}

function checkSize(repository: string, architecture: Architecture, bytes: number): void {
  const limit = released[repository] ?? 0;
  if (bytes <= limit) return;
  const [size, most] = [bytes, limit].map((each) => `${(each / 1e6).toFixed(1)} MB`);
  throw new BookendError('bad-input', `the image ${repository} for ${architecture} has ${size}, and ${most} are allowed`, {
    advice: 'Find what has grown, or raise the limit in tools/release/images.ts with the reason.',
  });
}

/** Its layers, one over the other, as a node would have them. */
async function unpack({ blobs }: MultiArchitectureImage, manifest: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'bookend-root-'));
  const content = (digest: string) => blobs.find((blob) => blob.digest === digest)?.content ?? Buffer.alloc(0);
  const { layers } = JSON.parse(content(manifest).toString()) as { layers: { digest: string }[] };
  for (const { digest } of layers) {
    for (const { header, data } of await unpackTar(gunzipSync(content(digest)))) {
      const path = join(root, header.name);
      mkdirSync(header.type === 'directory' ? path : dirname(path), { recursive: true });
      if (header.type === 'symlink') symlinkSync(header.linkname ?? '', path);
      if (header.type !== 'file') continue;
      writeFileSync(path, data ?? '');
      chmodSync(path, header.mode ?? 0o644);
    }
  }
  return root;
}

/** Runs the program of the image with nothing but the files of the image. @returns what was run, in words */
function verifyRuns(repository: string, version: string, architecture: Architecture, root: string, skipArm64: boolean): string {
  if (architecture === 'arm64' && skipArm64) return 'arm64 not run';
  const args =
    repository === 'seed'
      ? [join(root, 'seed'), 'version']
      : [join(root, 'usr/bin/node'), join(root, 'app/bookend.mjs'), 'version'];
  const words = runFor(architecture, root, args);
  if (!words.includes(version))
    throw new BookendError('internal', `${repository} for ${architecture} does not print version ${version}: ${words}`);
  return `${repository} version (${architecture === ownArchitecture ? architecture : `${architecture}, qemu`})`;
}

/**
 * Runs a program of an architecture on the libraries of `root`.
 * @throws BookendError `unsupported` when it needs qemu and this machine has none.
 */
export function runFor(architecture: Architecture, root: string, args: readonly string[]): string {
  if (architecture !== ownArchitecture) {
    return run(architecture === 'arm64' ? 'qemu-aarch64-static' : 'qemu-x86_64-static', ['-L', root, ...args]);
  }
  const loaders: Record<Architecture, string> = { amd64: 'lib64/ld-linux-x86-64.so.2', arm64: 'lib/ld-linux-aarch64.so.1' };
  const libraries = join(root, 'usr/lib', architecture === 'amd64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu');
  const [program = '', ...rest] = args;
  // A static program has no loader: it runs as it is.
  if (program.endsWith('/seed')) return run(program, rest);
  return run(join(root, loaders[architecture]), ['--inhibit-cache', '--library-path', libraries, program, ...rest]);
}
