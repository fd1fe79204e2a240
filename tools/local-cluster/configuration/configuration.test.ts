import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { scratch } from '../../test/scratch.ts';
import { clusterPaths } from '../machine/paths.ts';
import { subnet } from '../network/subnets.ts';
import { certificates, makeCertificates } from './certificates.ts';
import { clients, componentNames, components } from './components.ts';
import { auditPolicy, corefile, kubeconfig, kubeletConfiguration, proxyConfiguration } from './files.ts';
import { containerdConfiguration, networkConfiguration, pauseImage } from './runtime.ts';
import type { Specification } from './specification.ts';

function specification(name: string, number: number): Specification {
  const directories = {
    kubernetes: '/p/k',
    containerd: '/p/c',
    coredns: '/p/d',
    helm3: '/p/h3',
    helm4: '/p/h4',
    pause: '/p/pause',
  };
  return {
    name,
    kubernetes: '1.37.2',
    programs: directories,
    paths: clusterPaths(name),
    subnet: subnet(number),
    networkPlugins: '/usr/lib/cni',
  };
}

const one = specification('one', 200);
const two = specification('two', 201);

/** Everything that a cluster's components are told, as one text. */
function everything(cluster: Specification): string {
  const { subnet: ranges, paths } = cluster;
  const lines = Object.values(components(cluster)).flatMap(({ program, args }) => [program, ...args]);
  const files = [containerdConfiguration, networkConfiguration, kubeletConfiguration, proxyConfiguration, corefile].map(
    (render) => render(cluster),
  );
  return [...lines, ...files, JSON.stringify(clients(cluster)), JSON.stringify(ranges), JSON.stringify(paths)].join('\n');
}

describe('the configuration of a cluster', () => {
  test('names no directory, socket, cgroup or address of another cluster', () => {
    const text = everything(one);
    assert.doesNotMatch(text, /10\.201\.|bookend\/two|bookend-two|bookend201/);
    assert.doesNotMatch(everything(two), /10\.200\.|bookend\/one|bookend-one|bookend200/);
  });

  test('has the API server write down what Bookend’s own accounts ask for, and nothing else', () => {
    const { rules } = parse(auditPolicy()) as { rules: { level: string; userGroups?: string[] }[] };
    assert.deepEqual(rules, [{ level: 'Metadata', userGroups: ['system:serviceaccounts:bookend-system'] }, { level: 'None' }]);
    assert.ok(components(one)['kube-apiserver'].args.includes(`--audit-log-path=${one.paths.audit}`));
  });

  test('keeps everything that is written below the cluster’s own directories', () => {
    const written = Object.values(one.paths).filter((path) => path.startsWith('/') && !path.startsWith('/run/lock/'));
    for (const path of written) assert.match(path, /^\/(var\/lib|run)\/bookend\/one(\/|$)/);
    assert.ok(one.paths.containerdSocket.length < 100, 'the path of a socket has at most 107 bytes');
  });

  test('has flags of its own beside those of every cluster, and instead of them', () => {
    const own = { ...one, flags: { 'kube-controller-manager': { 'kube-api-qps': '500', 'kube-api-burst': '1000' } } };
    const of = (cluster: Specification, name: 'kube-controller-manager' | 'kube-scheduler') => components(cluster)[name].args;
    const added = of(own, 'kube-controller-manager').filter((flag) => !of(one, 'kube-controller-manager').includes(flag));
    assert.deepEqual(added.sort(), ['--kube-api-burst=1000', '--kube-api-qps=500']);
    assert.equal(of(own, 'kube-controller-manager').filter((flag) => flag.startsWith('--kube-api-burst=')).length, 1);
    assert.deepEqual(of(own, 'kube-scheduler'), of(one, 'kube-scheduler'));
  });

  test('starts every component by its own program', () => {
    assert.deepEqual(Object.keys(components(one)).sort(), [...componentNames].sort());
    for (const [name, { program }] of Object.entries(components(one))) assert.equal(program.split('/').pop(), name);
  });

  test('puts the Pods into the cluster’s cgroup and containerd', () => {
    const kubelet = parse(kubeletConfiguration(one));
    assert.equal(kubelet.cgroupRoot, '/bookend-one');
    assert.equal(kubelet.containerRuntimeEndpoint, `unix://${one.paths.containerdSocket}`);
    assert.deepEqual(kubelet.clusterDNS, [one.subnet.nodeAddress]);
    assert.match(containerdConfiguration(one), new RegExp(`sandbox = '${pauseImage}'`));
  });

  test('routes Pods and services apart', () => {
    const [pods] = JSON.parse(networkConfiguration(one)).plugins;
    assert.deepEqual(pods.ipam.ranges, [[{ subnet: '10.200.0.0/17' }]]);
    assert.equal(parse(proxyConfiguration(one)).clusterCIDR, '10.200.0.0/17');
    assert.ok(components(one)['kube-apiserver'].args.includes('--service-cluster-ip-range=10.200.128.0/18'));
  });

  test('gives every client a certificate that exists', () => {
    const made = certificates({ node: 'one', nodeAddress: '10.200.255.2', apiService: '10.200.128.1' }).map(({ name }) => name);
    for (const { certificate } of clients(one)) assert.ok(made.includes(certificate), certificate);
  });
});

test('a kubeconfig has one context and everything that it needs inside', () => {
  const config = parse(
    kubeconfig({ name: 'bookend-one', server: 'https://10.200.255.2:6443', authority: 'A', certificate: 'C', key: 'K' }),
  );
  assert.equal(config['current-context'], 'bookend-one');
  assert.deepEqual(config.clusters, [
    { name: 'bookend-one', cluster: { server: 'https://10.200.255.2:6443', 'certificate-authority-data': 'QQ==' } },
  ]);
  assert.deepEqual(config.users[0].user, { 'client-certificate-data': 'Qw==', 'client-key-data': 'Sw==' });
});

test('certificates are signed by the right authority, name the server, and are not made twice', async () => {
  const directory = scratch();
  const names = { node: 'one', nodeAddress: '10.200.255.2', apiService: '10.200.128.1' };
  await makeCertificates(directory, names);
  const read = async (name: string) => new X509Certificate(await readFile(join(directory, `${name}.crt`)));
  const [authority, server, proxy, proxyAuthority] = await Promise.all(
    ['ca', 'kube-apiserver', 'front-proxy-client', 'front-proxy-ca'].map(read),
  );
  assert.ok(authority && server && proxy && proxyAuthority);
  assert.ok(server.verify(authority.publicKey) && proxy.verify(proxyAuthority.publicKey) && !proxy.verify(authority.publicKey));
  for (const address of ['10.200.255.2', '10.200.128.1', '127.0.0.1']) assert.equal(server.checkIP(address), address);
  assert.equal(server.checkHost('kubernetes.default.svc'), 'kubernetes.default.svc');
  assert.match((await read('admin')).subject, /O=system:masters/);
  assert.equal((await stat(join(directory, 'ca.key'))).mode & 0o077, 0);

  await makeCertificates(directory, names);
  assert.equal((await read('kube-apiserver')).fingerprint, server.fingerprint);
});
