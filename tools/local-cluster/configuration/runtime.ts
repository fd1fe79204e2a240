/** containerd and the network of the Pods. */
import type { Specification } from './specification.ts';

/** The image of the container that holds a Pod's namespaces; it is made here, as nothing may be pulled. */
export const pauseImage = 'bookend.dev/pause:1';

/** containerd's config.toml (version 3, containerd 2). */
export function containerdConfiguration({ paths, networkPlugins }: Specification): string {
  const unused = [
    ...['btrfs', 'devmapper', 'zfs', 'blockfile', 'erofs'].map((name) => `io.containerd.snapshotter.v1.${name}`),
    // These two use one socket and one directory for the whole machine.
    'io.containerd.nri.v1.nri',
    'io.containerd.image-verifier.v1.bindir',
  ];
  return `version = 3
root = ${text(paths.containerdRoot)}
state = ${text(paths.containerdState)}
# What is configured for the machine's own containerd is not meant for this one.
imports = []
disabled_plugins = [${unused.map(text).join(', ')}]

[grpc]
  address = ${text(paths.containerdSocket)}

[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = ${text(pauseImage)}

[plugins.'io.containerd.cri.v1.runtime']
  # Where the machine withholds CAP_SYS_RESOURCE, runc cannot lower the score and fails with "can't get final child's PID".
  restrict_oom_score_adj = true
  # Otherwise the namespaces of Pods are mounted in a directory of the machine.
  netns_mounts_under_state_dir = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = [${text(networkPlugins)}]
  conf_dir = ${text(paths.cni)}

[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'runc'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = 'runc'
  Root = ${text(paths.runc)}
  SystemdCgroup = false

[plugins.'io.containerd.internal.v1.opt']
  path = ${text(`${paths.containerdRoot}/opt`)}
`;
}

/**
 * The network of the Pods: a pair of interfaces for each Pod, routed, not bridged. So also the answer of a Pod to
 * another Pod passes through the node, which must turn its address back into the service's (on a bridge that needs
 * br_netfilter).
 */
export function networkConfiguration({ name, subnet, paths }: Specification): string {
  return `${JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: `bookend-${name}`,
      plugins: [
        {
          type: 'ptp',
          ipMasq: false,
          ipam: {
            type: 'host-local',
            dataDir: `${paths.runtime}/addresses`,
            ranges: [[{ subnet: subnet.podRange }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true }, snat: true },
      ],
    },
    null,
    2,
  )}\n`;
}

/** A TOML string. Paths of ours contain no quote, and a literal string needs no escapes. */
function text(value: string): string {
  return `'${value}'`;
}
