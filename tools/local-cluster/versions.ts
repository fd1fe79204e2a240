/**
 * Which programs make up a cluster, in which versions: the one place to change when a newer Kubernetes is to be tried.
 */
import { BookendError } from '../../src/errors.ts';

/** The patch release that stands for each Kubernetes minor version; every one of them was built and run. */
export const kubernetesReleases = { '1.35': '1.35.4', '1.36': '1.36.3', '1.37': '1.37.2' } as const;

export const newestKubernetes = kubernetesReleases['1.37'];
export const containerdVersion = '2.4.2';
/** Must be the version in dns/go.mod. */
export const corednsVersion = '1.15.0';
/** Plays nodes and their Pods for the benchmark of scale. */
export const kwokVersion = '0.8.0';
export const helm3Version = '3.22.0';
/**
 * The Kubernetes that this Helm 3 was made for (its go.mod: client-go v0.37.0), and takes for the cluster's where there
 * is none.
 */
export const helm3Kubernetes = { major: '1', minor: '37' };
export const helm4Version = '4.3.1';
/** The registry that tests install a release from: CNCF distribution. Must be the version in registry/go.mod. */
export const registryVersion = '3.1.2';

/**
 * The full version that `asked` means: `1.36`, `1.36.3` and `v1.36.3` are the same.
 * @throws BookendError `bad-input` for a version that was never tried here.
 */
export function kubernetesRelease(asked: string): string {
  const version = asked.replace(/^v/, '');
  const found = Object.entries(kubernetesReleases).find(([minor, patch]) => version === minor || version === patch);
  if (found) return found[1];
  const known = Object.entries(kubernetesReleases).flat();
  throw new BookendError('bad-input', `Kubernetes "${asked}" is not a version that the local cluster can run`, {
    field: '--kubernetes',
    advice: `Choose one of ${known.join(', ')}.`,
  });
}

/** The version of the staging modules (k8s.io/api and its sisters) that belongs to a release: 1.37.2 has v0.37.2. */
export function stagingVersion(release: string): string {
  return `v0.${release.split('.').slice(1).join('.')}`;
}
