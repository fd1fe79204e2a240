/**
 * Takes from Debian's packages what a program without a shell needs: libraries, certificates, the name of the release,
 * and the licences.
 *
 * `/var/lib/dpkg/status.d` describes each package as dpkg's own status file would. Scanners look there for images that
 * have no dpkg, as distroless images do.
 */
import type { LayerEntry } from '../layer.ts';
import { type Fetching, fetchPackage } from './fetch.ts';
import { type Architecture, type DebianPackage, lockedPackages } from './lock.ts';
import { openPackage } from './open.ts';

/** The files of one package that images get, by absolute path. */
const library = /^\/usr\/lib(64)?\/([^/]+-linux-gnu\/)?[^/]+\.so(\.[^/]+)?$/;
const licence = /^\/usr\/share\/doc\/[^/]+(\/copyright)?$/;
const kept: Record<string, RegExp[]> = {
  'base-files': [/^\/etc\/debian_version$/, /^\/usr\/lib\/os-release$/, /^\/usr\/share\/common-licenses\/(Apache-2\.0|L?GPL-)/],
  // Node opens no other library of glibc. Those for name lookups are opened at run time.
  libc6: [/^\/usr\/lib(64)?\/([^/]+-linux-gnu\/)?(ld-linux[^/]*|lib(c|m|dl|pthread|rt|resolv|nss_dns|nss_files))\.so\.\d$/],
  libatomic1: [library],
  'libgcc-s1': [library],
  'libstdc++6': [library],
};

/**
 * Debian joins /lib and /usr/lib when it is installed, not by a package; the path of the loader is below /lib or
 * /lib64.
 */
const merged: LayerEntry[] = [
  { path: '/lib', link: 'usr/lib' },
  { path: '/etc/os-release', link: '../usr/lib/os-release' },
];
const mergedOn: Record<Architecture, LayerEntry[]> = { amd64: [{ path: '/lib64', link: 'usr/lib64' }], arm64: [] };

/** Everything that images with Node get from Debian. */
export async function debianFiles(architecture: Architecture, fetching: Fetching): Promise<LayerEntry[]> {
  const packages = lockedPackages(architecture);
  const parts = await Promise.all(packages.map((wanted) => filesOf(wanted, fetching)));
  return [...parts.flat(), ...merged, ...mergedOn[architecture]];
}

async function filesOf(wanted: DebianPackage, fetching: Fetching): Promise<LayerEntry[]> {
  const { name } = wanted;
  const { control, md5sums, files } = await openPackage(name, await fetchPackage(wanted, fetching));
  const patterns = [licence, ...(kept[name] ?? [])];
  return [
    ...files.filter(({ path }) => patterns.some((pattern) => pattern.test(path))),
    ...(name === 'ca-certificates' ? [certificates(files)] : []),
    { path: `/var/lib/dpkg/status.d/${name}`, content: `${control.trim()}\n` },
    { path: `/var/lib/dpkg/status.d/${name}.md5sums`, content: md5sums },
  ];
}

/** What update-ca-certificates(8) makes when the package is installed: one file with all of them, sorted by name. */
function certificates(files: LayerEntry[]): LayerEntry {
  const each = files
    .filter(({ path }) => /^\/usr\/share\/ca-certificates\/.*\.crt$/.test(path))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
    .map((file) => ('content' in file ? `${file.content.toString().trim()}\n` : ''));
  return { path: '/etc/ssl/certs/ca-certificates.crt', content: each.join('') };
}
