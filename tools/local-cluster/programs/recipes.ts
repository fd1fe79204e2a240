/**
 * What has to be built for a cluster, and how: plain data, so that it can be keyed, counted and shown before anything
 * runs.
 */
import { createHash } from 'node:crypto';
import {
  containerdVersion,
  corednsVersion,
  helm3Kubernetes,
  helm3Version,
  helm4Version,
  kwokVersion,
  registryVersion,
  stagingVersion,
} from '../versions.ts';

/** A program that Go builds. */
export type Program = {
  /** The name of the file. */
  name: string;
  /** Its Go package. */
  package: string;
  /** What the linker writes into it: the version that it will say it has. */
  variables: Record<string, string>;
};

/** Programs of one source that are built and kept together. */
export type ProgramGroup = {
  name: string;
  version: string;
  /**
   * Where the source comes from: the module of a Kubernetes release, one published module, or this directory of ours.
   */
  source: 'kubernetes' | 'module' | { directory: string };
  programs: Program[];
};

/** Everything that the cluster of a Kubernetes release needs, in the order in which it is built. */
export function programGroups(release: string) {
  return { kubernetes: kubernetes(release), containerd, coredns, helm4, helm3, pause };
}

/** The name of the directory in the cache: another version, platform or way to build is another directory. */
export function cacheKey(group: ProgramGroup, ownSource: string, platform: string): string {
  const recipe = createHash('sha256')
    .update(JSON.stringify([linkerFlags, group, ownSource]))
    .digest('hex')
    .slice(0, 10);
  return `${group.name}-${group.version}-${platform}-${recipe}`;
}

/** `-s -w`: no symbol table and no debugging data, which halves the programs. */
const linkerFlags = '-s -w';

/** The value of Go's `-ldflags` for a program. */
export function ldflags(program: Program): string {
  return [linkerFlags, ...Object.entries(program.variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

function kubernetes(release: string): ProgramGroup {
  const [major = '', minor = ''] = release.split('.');
  // Kubernetes' own build writes these two packages; without it nodes and servers report v0.0.0 (hack/lib/version.sh).
  const variables = Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((place) => [
      [`${place}.gitVersion`, `v${release}`],
      [`${place}.gitMajor`, major],
      [`${place}.gitMinor`, minor],
      [`${place}.gitTreeState`, 'clean'],
    ]),
  );
  const names = ['kube-apiserver', 'kube-controller-manager', 'kubelet', 'kubectl', 'kube-proxy', 'kube-scheduler'];
  return {
    name: 'kubernetes',
    version: release,
    source: 'kubernetes',
    programs: [
      ...names.map((name) => ({ name, package: `k8s.io/kubernetes/cmd/${name}`, variables })),
      { name: 'etcd', package: 'go.etcd.io/etcd/server/v3', variables: {} },
    ],
  };
}

const containerd: ProgramGroup = {
  name: 'containerd',
  version: containerdVersion,
  source: 'module',
  programs: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => ({
    name,
    package: `github.com/containerd/containerd/v2/cmd/${name}`,
    variables: { 'github.com/containerd/containerd/v2/version.Version': `v${containerdVersion}` },
  })),
};

// Helm 3's own build writes this too (Makefile); without it `helm template` believes in Kubernetes 1.20. Helm 4 reads
// it from its modules.
const helm3: ProgramGroup = helm(helm3Version, {
  'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': helm3Kubernetes.major,
  'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': helm3Kubernetes.minor,
});
const helm4: ProgramGroup = helm(helm4Version);

function helm(version: string, variables: Record<string, string> = {}): ProgramGroup {
  const module = `helm.sh/helm/v${version.split('.')[0]}`;
  return {
    name: 'helm',
    version,
    source: 'module',
    programs: [
      {
        name: 'helm',
        package: `${module}/cmd/helm`,
        variables: { [`${module}/internal/version.version`]: `v${version}`, ...variables },
      },
    ],
  };
}

const pause: ProgramGroup = {
  name: 'pause',
  version: '1',
  source: { directory: 'pause' },
  programs: [{ name: 'pause', package: '.', variables: {} }],
};

/** Not part of a cluster: the registry that tests install a release from. */
export const registry: ProgramGroup = {
  name: 'registry',
  version: registryVersion,
  source: { directory: 'registry' },
  programs: [{ name: 'registry', package: '.', variables: {} }],
};

/** Not part of a cluster: plays nodes and their Pods for the benchmark of scale. */
export const kwok: ProgramGroup = {
  name: 'kwok',
  version: kwokVersion,
  source: 'module',
  programs: [{ name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', variables: {} }],
};

const coredns: ProgramGroup = {
  name: 'coredns',
  version: corednsVersion,
  source: { directory: 'dns' },
  programs: [{ name: 'coredns', package: '.', variables: {} }],
};

// Kubernetes cannot be built by `go install …@version`: its go.mod points at directories of its own source tree. This
// makes a module from that very go.mod that points at the published staging modules instead, so that every dependency
// has exactly the version that the release itself was built and tested with.

/**
 * @param upstream the go.mod of `k8s.io/kubernetes` at `release`.
 * @returns a go.mod of a module that can build every program of that release.
 */
export function kubernetesGoModule(upstream: string, release: string): string {
  const staging = stagingVersion(release);
  const lines = upstream
    .split('\n')
    .filter((line) => !line.startsWith('//'))
    .map((line) => {
      const local = /^(\s*(?:replace )?)(\S+) => \.\/staging\/src\/\S+$/.exec(line);
      if (local) return `${local[1]}${local[2]} => ${local[2]} ${staging}`;
      // The release requires its staging modules as v0.0.0; the true version is what stack traces should show.
      if (/^\s*(?:require )?k8s\.io\/\S+ v0\.0\.0(?:\s|$)/.test(line)) return line.replace('v0.0.0', staging);
      return /^module\s/.test(line) ? 'module bookend.dev/local-cluster' : line;
    });
  return `${lines.join('\n').trim()}\n\nrequire k8s.io/kubernetes v${release}\n`;
}
