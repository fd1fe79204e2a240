/**
 * The keys and certificates of one cluster, made by openssl. They live as long as the cluster and never leave its state
 * directory.
 *
 * Two authorities, as Kubernetes asks for: one for servers and clients, one only for requests that the aggregation
 * layer passes on (since 1.37 the API server refuses to use the same one for both).
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../machine/command.ts';

/** Who a certificate is for. */
type Certificate = {
  /** The name of its files: NAME.crt and NAME.key. */
  name: string;
  authority: 'ca' | 'front-proxy-ca';
  /** The user name that Kubernetes sees. */
  commonName: string;
  /** The group that Kubernetes sees. */
  organization?: string;
  /** Names and addresses of a server, as openssl writes them: `DNS:localhost`, `IP:10.0.0.1`. */
  subjects?: string[];
};

/** The addresses and names that the cluster's servers answer to. */
export type ServerNames = { node: string; nodeAddress: string; apiService: string };

/**
 * Every certificate of a cluster. The users and groups are the ones that Kubernetes' own default role bindings name.
 */
export function certificates({ node, nodeAddress, apiService }: ServerNames): Certificate[] {
  const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  const nodeSubjects = [`DNS:${node}`, 'DNS:localhost', `IP:${nodeAddress}`, 'IP:127.0.0.1'];
  return [
    {
      name: 'kube-apiserver',
      authority: 'ca',
      commonName: 'kube-apiserver',
      subjects: [...serviceNames.map((name) => `DNS:${name}`), ...nodeSubjects, `IP:${apiService}`],
    },
    {
      name: 'kubelet-server',
      authority: 'ca',
      commonName: `system:node:${node}`,
      organization: 'system:nodes',
      subjects: nodeSubjects,
    },
    { name: 'kubelet', authority: 'ca', commonName: `system:node:${node}`, organization: 'system:nodes' },
    {
      name: 'kube-apiserver-kubelet-client',
      authority: 'ca',
      commonName: 'kube-apiserver-kubelet-client',
      organization: 'system:masters',
    },
    { name: 'kube-controller-manager', authority: 'ca', commonName: 'system:kube-controller-manager' },
    { name: 'kube-scheduler', authority: 'ca', commonName: 'system:kube-scheduler' },
    { name: 'kube-proxy', authority: 'ca', commonName: 'system:kube-proxy' },
    // No default role lists everything that CoreDNS reads.
    { name: 'coredns', authority: 'ca', commonName: 'system:coredns', organization: 'system:masters' },
    { name: 'admin', authority: 'ca', commonName: 'kubernetes-admin', organization: 'system:masters' },
    { name: 'front-proxy-client', authority: 'front-proxy-ca', commonName: 'front-proxy-client' },
  ];
}

/**
 * Makes the keys and certificates that are missing in `directory`. They outlive restarts: clients would not know the
 * API server again.
 */
export async function makeCertificates(directory: string, names: ServerNames): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await Promise.all([authority(directory, 'ca'), authority(directory, 'front-proxy-ca'), serviceAccountKeys(directory)]);
  await Promise.all(certificates(names).map((certificate) => makeCertificate(directory, certificate)));
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function authority(directory: string, name: string): Promise<void> {
  await once(join(directory, `${name}.crt`), (certificate) => {
    const files = ['-keyout', join(directory, `${name}.key`), '-out', certificate];
    const usage = ['-addext', 'keyUsage=critical,digitalSignature,keyCertSign,cRLSign'];
    return run('openssl', ['req', '-x509', ...newKey, '-days', '3650', ...files, '-subj', `/CN=bookend-${name}`, ...usage]);
  });
}

async function serviceAccountKeys(directory: string): Promise<void> {
  await once(join(directory, 'service-accounts.pub'), async (publicKey) => {
    const key = join(directory, 'service-accounts.key');
    await run('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-out', key]);
    await run('openssl', ['pkey', '-in', key, '-pubout', '-out', publicKey]);
  });
}

async function makeCertificate(directory: string, certificate: Certificate): Promise<void> {
  const { name, authority: signer, commonName, organization, subjects = [] } = certificate;
  const path = (file: string) => join(directory, file);
  await once(path(`${name}.crt`), async (unfinished) => {
    const who = ['-keyout', path(`${name}.key`), '-subj', subject(commonName, organization)];
    const request = await run('openssl', ['req', '-new', ...newKey, ...who]);
    const extensions = [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      `extendedKeyUsage=${subjects.length > 0 ? 'serverAuth,clientAuth' : 'clientAuth'}`,
      ...(subjects.length > 0 ? [`subjectAltName=${subjects.join(',')}`] : []),
    ];
    const extensionFile = path(`${name}.extensions`);
    await writeFile(extensionFile, `${extensions.join('\n')}\n`);
    const signing = ['-CA', path(`${signer}.crt`), '-CAkey', path(`${signer}.key`), '-extfile', extensionFile];
    await run('openssl', ['x509', '-req', ...signing, '-days', '3650', '-out', unfinished], { input: request });
  });
}

/**
 * Makes a file unless it is there. It appears only when all that it goes with is complete, whatever interrupts the
 * making.
 */
async function once(file: string, make: (unfinished: string) => Promise<unknown>): Promise<void> {
  if (existsSync(file)) return;
  await make(`${file}.unfinished`);
  await rename(`${file}.unfinished`, file);
}

function subject(commonName: string, organization?: string): string {
  return `${organization === undefined ? '' : `/O=${organization}`}/CN=${commonName}`;
}
