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
  type: 'library' | 'application' | 'container' | 'platform';
  name: string;
  version: string;
  purl: string;
  cpe?: string;
  hashes?: { alg: 'SHA-256' | 'SHA-512'; content: string }[];
};

/** @param subject what the list is about: an image or a package */
export function cycloneDx(commit: Commit, subject: Component, components: readonly Component[]): string {
  const sorted = [...components].sort((one, other) => (one.purl < other.purl ? -1 : 1));
  const withReferences = sorted.map((component) => ({ 'bom-ref': component.purl, ...component }));
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
        component: { 'bom-ref': subject.purl, ...subject, licenses: [{ license: { id: 'Apache-2.0' } }] },
      },
      components: withReferences,
      dependencies: [{ ref: subject.purl, dependsOn: sorted.map(({ purl }) => purl) }],
    },
    undefined,
    2,
  )}\n`;
}

/** Version 8 is for values that are made in one's own way (RFC 9562). */
function uuid(hash: string): string {
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** @param debianVersion of /etc/debian_version: `13.2` */
export function debianComponents(architecture: Architecture, debianVersion: string): Component[] {
  return lockedPackages(architecture).map(({ name, version, path, sha256 }) => {
    const arch = path.endsWith('_all.deb') ? 'all' : architecture;
    return {
      type: 'library',
      name,
      version,
      purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}&distro=debian-${debianVersion}`,
      hashes: [{ alg: 'SHA-256', content: sha256 }],
    };
  });
}

export function nodeComponent(architecture: Architecture): Component {
  const { version } = nodePackages[architecture];
  return {
    type: 'platform',
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
