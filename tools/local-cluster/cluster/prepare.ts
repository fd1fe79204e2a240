/**
 * Lays out everything that the components of a cluster read before they start. Run again it changes nothing that
 * matters.
 */
import { readFileSync } from 'node:fs';
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from '../configuration/certificates.ts';
import { clients } from '../configuration/components.ts';
import { auditPolicy, corefile, kubeconfig, kubeletConfiguration, proxyConfiguration } from '../configuration/files.ts';
import { containerdConfiguration, networkConfiguration } from '../configuration/runtime.ts';
import { nodeName, type Specification } from '../configuration/specification.ts';
import { makeCgroup } from '../machine/cgroups.ts';
import { writeFileAtomically } from './record.ts';

export async function prepare(specification: Specification): Promise<void> {
  const { name, paths, subnet } = specification;
  for (const directory of [paths.etcd, paths.kubelet]) await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const directory of [paths.logs, paths.bin, paths.runtime, paths.podLogs]) await mkdir(directory, { recursive: true });
  makeCgroup(paths.cgroup);
  const { nodeAddress, apiService } = subnet;
  await makeCertificates(paths.pki, { node: nodeName(specification), nodeAddress, apiService });

  const write = (file: string, text: string, mode?: number) => writeFileAtomically(join(paths.configuration, file), text, mode);
  write('containerd.toml', containerdConfiguration(specification));
  write('kubelet.yaml', kubeletConfiguration(specification));
  write('kube-proxy.yaml', proxyConfiguration(specification));
  write('audit.yaml', auditPolicy());
  write('Corefile', corefile(specification));
  // The machine's name servers cannot be reached from inside.
  write('resolv.conf', '');
  writeFileAtomically(join(paths.cni, '10-bookend.conflist'), networkConfiguration(specification));

  const pem = (file: string) => readFileSync(join(paths.pki, file), 'utf8');
  for (const { certificate, server, file } of clients({ ...specification, subnet })) {
    const identity = { authority: pem('ca.crt'), certificate: pem(`${certificate}.crt`), key: pem(`${certificate}.key`) };
    writeFileAtomically(
      file,
      kubeconfig({ name: certificate === 'admin' ? `bookend-${name}` : certificate, server, ...identity }),
      0o600,
    );
  }
  await commandLineTools(specification);
}

/** The directory that `env` puts on the PATH. */
async function commandLineTools({ paths, programs }: Specification): Promise<void> {
  const links = { kubectl: `${programs.kubernetes}/kubectl`, helm3: `${programs.helm3}/helm`, helm4: `${programs.helm4}/helm` };
  for (const [name, target] of Object.entries(links)) {
    await rm(join(paths.bin, name), { force: true });
    await symlink(target, join(paths.bin, name));
  }
  const ctr = join(paths.bin, 'ctr');
  const words = [`${programs.containerd}/ctr`, '--address', paths.containerdSocket, '--namespace', 'k8s.io'].map(
    (word) => `'${word}'`,
  );
  const script = `#!/bin/sh
# containerd's own client, speaking to this cluster and to the images and containers of Kubernetes.
# That the machine has the older cgroups need not be said each time.
CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1 exec ${words.join(' ')} "$@"
`;
  writeFileAtomically(ctr, script);
  await chmod(ctr, 0o755);
}
