/**
 * Lists what an artifact contains, as CycloneDX 1.6: Debian packages and Node of the image, npm packages of the bundle,
 * Go modules of the copy tool. Each has a package URL, by which scanners look up vulnerabilities.
 *
 * Serial numbers and dates follow from content and commit: the same release gives the same file.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../image/bundle.ts';
import { type Architecture, lockedPackages } from '../image/debian/lock.ts';
import { nodePackages } from '../image/node.ts';
import type { Commit } from './commit.ts';

export type Component = {
  type: 'library' | 'application' | 'container' | 'operating-system';
  name: string;
  version: string;
  /** The release of an operating system has none. */
  purl?: string;
  cpe?: string;
  hashes?: { alg: 'SHA-256' | 'SHA-512'; content: string }[];
  properties?: { name: string; value: string }[];
};

/** @param subject what the list is about: an image or a package */
export function cycloneDx(commit: Commit, subject: Component, components: readonly Component[]): string {
  const sorted = [...components].sort((one, other) => (reference(one) < reference(other) ? -1 : 1));
  const withReferences = sorted.map((component) => ({ 'bom-ref': reference(component), ...component }));
  const hash = createHash('sha256')
    .update(JSON.stringify([commit.revision, subject, sorted]))
    .digest('hex');
  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuid(hash)}`,
      version: 1,
      metadata: {
        timestamp: commit.date.toISOString(),
        component: { 'bom-ref': reference(subject), ...subject, licenses: [{ license: { id: 'Apache-2.0' } }] },
      },
      components: withReferences,
      dependencies: [{ ref: reference(subject), dependsOn: sorted.map(reference) }],
    },
    undefined,
    2,
  )}\n`;
}

function reference({ purl, name, version }: Component): string {
  return purl ?? `${name}@${version}`;
}

/** Version 8 is for values that are made in one's own way (RFC 9562). */
function uuid(hash: string): string {
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/**
 * The release of Debian, without which trivy looks nothing up, and the packages.
 * @param debianVersion of /etc/debian_version: `13.2`
 * @param statusOf what dpkg says of a package, from the image
 */
export function debianComponents(
  architecture: Architecture,
  debianVersion: string,
  statusOf: (name: string) => string,
): Component[] {
  const packages = lockedPackages(architecture).map(({ name, version, path, sha256 }): Component => {
    const arch = path.endsWith('_all.deb') ? 'all' : architecture;
    const source = sourceOf(statusOf(name));
    const upstream = source ? `&upstream=${encodeURIComponent([source.name, source.version].filter(Boolean).join('@'))}` : '';
    return {
      type: 'library',
      name,
      version,
      purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}&distro=debian-${debianVersion}${upstream}`,
      hashes: [{ alg: 'SHA-256', content: sha256 }],
      ...(source && { properties: trivyProperties(source) }),
    };
  });
  return [{ type: 'operating-system', name: 'debian', version: debianVersion }, ...packages];
}

type SourcePackage = { name: string; version: string | undefined };

/**
 * The package from whose source this one is built: `Source: glibc`, or `Source: gcc-defaults (1.220)` when the versions
 * differ. Debian publishes vulnerabilities under its name. There is none when name and version are the same.
 */
function sourceOf(status: string): SourcePackage | undefined {
  const [, name, version] = /^Source: (\S+)(?: \((\S+)\))?$/m.exec(status) ?? [];
  return name === undefined ? undefined : { name, version };
}

/** trivy does not read `upstream` of the URL. Without a version it takes that of the package. */
function trivyProperties({ name, version }: SourcePackage): { name: string; value: string }[] {
  const [, epoch = '0', upstream = '', release = ''] = /^(?:(\d+):)?(.+?)(?:-([^-]+))?$/.exec(version ?? '') ?? [];
  const parts = { SrcName: name, ...(version !== undefined && { SrcEpoch: epoch, SrcVersion: upstream, SrcRelease: release }) };
  return Object.entries(parts).map(([key, value]) => ({ name: `aquasecurity:trivy:${key}`, value }));
}

/** Of the type that syft gives to the program it finds in an image. It reads no component of the type `platform`. */
export function nodeComponent(architecture: Architecture): Component {
  const { version } = nodePackages[architecture];
  return {
    type: 'application',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}?arch=${architecture}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
  };
}

/** @param paths of packages as package-lock.json names them: `node_modules/undici` */
export function npmComponents(paths: readonly string[]): Component[] {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity?: string } | undefined>;
  };
  return paths.map((path) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const { version = '', integrity = '' } = packages[path] ?? {};
    const sha512 = /^sha512-(.*)$/.exec(integrity)?.[1];
    return {
      type: 'library',
      name,
      version,
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      ...(sha512 && { hashes: [{ alg: 'SHA-512' as const, content: Buffer.from(sha512, 'base64').toString('hex') }] }),
    };
  });
}

/** The modules of the copy tool, and the standard library of the Go that compiled it. @param go `go1.26.0` */
export function goComponents(goMod: string, go: string): Component[] {
  const modules = [...goMod.matchAll(/^(?:require\s+|\t)(\S+) (v\S+)/gm)].map(([, name = '', version = '']) => ({
    name,
    version,
  }));
  return [...modules, { name: 'stdlib', version: go.replace(/^go/, '') }].map(({ name, version }) => ({
    type: 'library' as const,
    name,
    version,
    purl: `pkg:golang/${name}@${version}`,
  }));
}
