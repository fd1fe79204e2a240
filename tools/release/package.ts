/** The npm package, and the lists of contents of everything that contains packages of others. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { BookendError } from '../../src/errors.ts';
import { bundle, repository } from '../image/bundle.ts';
import { type Architecture, lockedPackages } from '../image/debian/lock.ts';
import { goCompiler } from '../image/go.ts';
import { type Artifact, describeArtifact, writeArtifact } from './artifact.ts';
import type { ReleasedImage } from './charts.ts';
import type { Commit } from './commit.ts';
import { architectures } from './images.ts';
import { run } from './programs.ts';
import { type Component, cycloneDx, debianComponents, goComponents, nodeComponent, npmComponents } from './sbom.ts';
import { tarball } from './tarball.ts';

/** `npm pack` gives the same bytes for the same files: it dates every entry 1985. */
export async function packNpm(out: string, { version, source }: Commit): Promise<Artifact> {
  // Aside: the chart's archive has the same name.
  const aside = mkdtempSync(join(tmpdir(), 'bookend-npm-'));
  const file = `npm-bookend-${version}.tgz`;
  try {
    run('npm', ['pack', '--pack-destination', aside, '--loglevel=error'], { cwd: repository });
    const packed = readFileSync(join(aside, `bookend-${version}.tgz`));
    writeFileSync(join(out, file), source === undefined ? packed : await nameSource(packed, source));
  } finally {
    rmSync(aside, { recursive: true });
  }
  const artifact = describeArtifact(out, file);
  artifact.verified.push(verifyInstalled(join(out, file), version));
  return artifact;
}

/**
 * Writes the address of the repository into an npm package: `npm publish --provenance` refuses a package that does not
 * name the repository of the workflow that publishes it.
 */
export async function nameSource(archive: Buffer, source: string): Promise<Buffer> {
  const entries = await unpackTar(gunzipSync(archive));
  return tarball(
    entries.map(({ header: { name, mode = 0 }, data = [] }) => {
      const content = Buffer.from(data);
      const executable = (mode & 0o100) !== 0;
      return {
        name,
        executable,
        content: name === 'package/package.json' ? withRepository(content.toString(), source) : content,
      };
    }),
  );
}

function withRepository(manifest: string, source: string): string {
  const repository = { type: 'git', url: `git+${source}.git` };
  return `${JSON.stringify({ ...JSON.parse(manifest), repository }, undefined, 2)}\n`;
}

/** Unpacks the package elsewhere, where no sources and no node_modules are, and runs it. */
function verifyInstalled(file: string, version: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-npm-'));
  try {
    mkdirSync(join(directory, 'installed'));
    run('tar', ['-xzf', file, '-C', join(directory, 'installed')]);
    const words = run(process.execPath, [join(directory, 'installed', 'package', 'bin', 'bookend.js'), 'version']);
    if (!words.includes(version))
      throw new BookendError('internal', `the npm package does not print version ${version}: ${words}`);
    return 'bookend version';
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @param roots the files of the image `bookend` for each architecture */
export async function packSboms(
  out: string,
  commit: Commit,
  images: readonly ReleasedImage[],
  roots: Record<Architecture, string>,
): Promise<Artifact[]> {
  const { version } = commit;
  const npm = npmComponents((await bundle()).packages);
  const seed = join(repository, 'tools', 'seed');
  const compiler = (await goCompiler(seed)).split('\n', 1)[0] ?? '';
  const go = goComponents(readFileSync(join(seed, 'go.mod'), 'utf8'), compiler);
  const lists: { file: string; subject: Component; components: Component[] }[] = [
    {
      file: 'npm-bookend.cdx.json',
      // Not pkg:npm: in npm's registry the name may be that of another package.
      subject: { type: 'application', name: 'bookend', version, purl: `pkg:generic/bookend@${version}` },
      components: npm,
    },
  ];
  for (const { name, repository: image, digest } of images) {
    for (const architecture of architectures) {
      const purl = `pkg:oci/${image}@${digest.replace(':', '%3A')}?arch=${architecture}&repository_url=${name}`;
      lists.push({
        file: `${image}-image-${architecture}.cdx.json`,
        subject: { type: 'container', name, version, purl },
        components: image === 'seed' ? go : [...imageComponents(architecture, roots[architecture]), ...npm],
      });
    }
  }
  return lists.map(({ file, subject, components }) => {
    const artifact = writeArtifact(out, file, cycloneDx(commit, subject, components));
    artifact.verified.push(`${components.length} components`);
    return artifact;
  });
}

/** @throws BookendError `internal` when the image has another version of a package than the list. */
function imageComponents(architecture: Architecture, root: string): Component[] {
  const debianVersion = readFileSync(join(root, 'etc/debian_version'), 'utf8').trim();
  const statusOf = (name: string) => readFileSync(join(root, 'var/lib/dpkg/status.d', name), 'utf8');
  for (const { name, version } of lockedPackages(architecture)) {
    if (!statusOf(name).includes(`\nVersion: ${version}\n`)) {
      throw new BookendError('internal', `the image does not contain ${name} ${version}, which packages.lock names`);
    }
  }
  return [...debianComponents(architecture, debianVersion, statusOf), nodeComponent(architecture)];
}
