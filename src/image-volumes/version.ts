/** Versions of Kubernetes and container runtimes, as far as they decide what is supported: major and minor. */

export type Version = { major: number; minor: number };

/**
 * `v1.37.2`, `1.35+`, `2.2.0-rc.1`, `2.2.3-k3s1`, `1.33.1`: what stands behind the minor version does not matter, as a
 * feature that a pre-release lacks is found out by trying. Undefined for what is no version, such as that of a build
 * from a working copy.
 */
export function versionOf(text: string): Version | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)(?!\d)/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** Whether a version is this one or a later one. */
export function isAtLeast({ major, minor }: Version, [leastMajor, leastMinor]: readonly [number, number]): boolean {
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
