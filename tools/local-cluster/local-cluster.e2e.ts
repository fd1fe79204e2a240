/**
 * Proves on this machine, as root, what the local cluster promises: quick, repairable, side by side, a real network and
 * real tokens, and nothing left at the end. It uses clusters of its own and never the default one.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeHandmadeImage } from '../image/handmade.ts';
import { requireRecord, specificationOf } from './cluster/record.ts';
import { down, environment, loadImage, readLog, restart, status, up } from './index.ts';
import { run } from './machine/command.ts';
import { mounts } from './machine/mounts.ts';
import { clusterPaths } from './machine/paths.ts';
import { clusterProcesses, send } from './machine/processes.ts';

const first = `bookend-e2e-${process.pid}`;
const second = `${first}-b`;
const image = 'bookend.dev/e2e/kubectl:1';
const mine = [first, second];

const kubectl = (...args: string[]) => run(environment(first).kubectl, ['--kubeconfig', environment(first).kubeconfig, ...args]);
const apply = (...objects: object[]) =>
  run(environment(first).kubectl, ['--kubeconfig', environment(first).kubeconfig, 'apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  });
const pidsOf = async (name: string) => (await status(name)).components.map(({ pid }) => pid);

let directory: string;
let rules: string;

describe('the local cluster', { timeout: 300_000 }, () => {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bookend-e2e-'));
    rules = await run('nft', ['list', 'ruleset']);
  });

  after(async () => {
    for (const name of mine) await down(name);
    await rm(directory, { recursive: true });
  });

  test('up from nothing: the node is Ready within 15 s, and the command ends and lets go of its output', async () => {
    // Without this the first run would measure the compiler.
    await up({ name: second, images: false });
    await down(second);
    const { said, code } = await commandLine('up', '--name', first, '--no-images');
    assert.equal(code, 0, said);
    const seconds = Number(/is Ready ([\d.]+) s after the start/.exec(said)?.[1]);
    assert.ok(seconds < 15, said);
    assert.equal((await status(first)).ready, true);
    assert.equal(statSync(environment(first).kubeconfig).mode & 0o777, 0o600);
  });

  test('up again changes nothing and takes less than a second', async () => {
    const pids = await pidsOf(first);
    const started = performance.now();
    const { outcome } = await up({ name: first, images: false });
    assert.ok(performance.now() - started < 1_000);
    assert.equal(outcome, 'unchanged');
    assert.deepEqual(await pidsOf(first), pids);
  });

  test('env gives a shell kubectl, both Helms and containerd’s client, all speaking to this cluster', async () => {
    const { said } = await commandLine('env', '--name', first);
    const script = `${said}\nkubectl get nodes -o name && helm3 version --short && helm4 version --short && ctr images list -q`;
    const answer = await run('sh', ['-ec', script]);
    assert.match(answer, new RegExp(`^node/${first}\nv3\\.\\S+\nv4\\.\\S+\n[^]*bookend.dev/pause:1`));
  });

  test('load brings an image archive into the cluster and names what is in it', async () => {
    const tar = join(directory, 'kubectl.tar');
    const entries = [{ path: '/kubectl', content: readFileSync(environment(first).kubectl), mode: 0o755 }];
    await writeHandmadeImage(tar, { name: image, entries, entrypoint: ['/kubectl'] });
    assert.deepEqual(await loadImage(first, tar), [image]);
    await assert.rejects(loadImage(first, '/no/such/file.tar'), /no file/);
  });

  test('a Pod reaches the API server through the ClusterIP of its service, known by its token', async () => {
    await apply(pod('asker', ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']));
    assert.equal((await logsOfFinished('asker')).trim(), 'system:serviceaccount:default:default');
    const variables = await kubectl('get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}');
    assert.equal(variables, specificationOf(requireRecord(first)).subnet.apiService);
  });

  test('a Pod reaches another Pod through the name and the ClusterIP of a service', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'proxy' },
      spec: { selector: { name: 'proxy' }, ports: [{ port: 80, targetPort: 8001 }] },
    };
    await apply(service, pod('proxy', ['proxy', '--address=0.0.0.0', '--port=8001', '--accept-hosts=.*'], 'Always'));
    await kubectl('wait', '--for=condition=Ready', 'pod/proxy', '--timeout=60s');
    const address = await kubectl('get', 'service', 'proxy', '-o', 'jsonpath={.spec.clusterIP}');
    const hosts = { 'by-address': address, 'by-name': 'proxy', 'by-full-name': 'proxy.default.svc.cluster.local' };
    await apply(
      ...Object.entries(hosts).map(([name, host]) => pod(name, ['--server', `http://${host}`, 'get', '--raw', '/version'])),
    );
    for (const name of Object.keys(hosts)) assert.match(await logsOfFinished(name), /"gitVersion": "v1\.37/);
    await apply(pod('lost', ['--server', 'http://nowhere.example', 'get', '--raw', '/version']));
    await kubectl('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/lost', '--timeout=60s');
    assert.match(await kubectl('logs', 'lost'), /no such host/);
  });

  test('the API server calls an admission webhook through the ClusterIP of its service', async (context) => {
    const { hostAddress } = specificationOf(requireRecord(first)).subnet;
    const { cert, key } = await serverCertificate(directory, 'hook.default.svc');
    const server = createServer({ cert, key }, (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const review = { uid: JSON.parse(body).request.uid, allowed: false, status: { message: 'the hook was asked' } };
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: review }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, hostAddress, resolve));
    const { port } = server.address() as { port: number };
    context.after(async () => {
      server.close();
      server.closeAllConnections();
      await kubectl('delete', 'validatingwebhookconfiguration', 'hook');
    });
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }];
    const clientConfig = {
      service: { name: 'hook', namespace: 'default', path: '/' },
      caBundle: Buffer.from(cert).toString('base64'),
    };
    await apply(
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec: { ports: [{ name: 'https', port: 443 }] } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'hook', labels: { 'kubernetes.io/service-name': 'hook' } },
        addressType: 'IPv4',
        ports: [{ name: 'https', port }],
        endpoints: [{ addresses: [hostAddress] }],
      },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'hook' },
        webhooks: [
          {
            name: 'hook.bookend.dev',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            rules,
            clientConfig,
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
          },
        ],
      },
    );
    await eventually(async () => {
      const refused = await kubectl('create', 'configmap', 'refused', '--dry-run=server').then(() => '', String);
      assert.match(refused, /the hook was asked/);
    });
  });

  test('a killed component is started again by up; the others, and the Pods, live on', async () => {
    const uid = await kubectl('get', 'pod', 'proxy', '-o', 'jsonpath={.metadata.uid} {.status.containerStatuses[0].containerID}');
    for (const killed of [
      ['kube-apiserver'],
      ['etcd'],
      ['containerd', 'kubelet'],
      ['kube-controller-manager', 'kube-scheduler', 'kube-proxy'],
    ]) {
      const before = (await status(first)).components;
      for (const { name, pid } of before) if (pid !== undefined && killed.includes(name)) send(pid, 'SIGKILL');
      const { outcome } = await up({ name: first, images: false });
      assert.equal(outcome, 'repaired');
      for (const { name, pid } of (await status(first)).components) {
        const old = before.find((component) => component.name === name)?.pid;
        assert.equal(pid === old, !killed.includes(name), `${name} after killing ${killed}`);
      }
    }
    assert.equal(
      await kubectl('get', 'pod', 'proxy', '-o', 'jsonpath={.metadata.uid} {.status.containerStatuses[0].containerID}'),
      uid,
    );
  });

  test('the API server can be restarted in the middle of things', async () => {
    // A controller manager that is still starting would end with its API server, and be started again.
    await kubectl('create', 'namespace', 'settled');
    await kubectl('wait', '--for=create', 'serviceaccount/default', '-n', 'settled', '--timeout=60s');
    const before = (await status(first)).components;
    await restart(first, 'kube-apiserver', { downtimeMs: 500 });
    const changed = (await status(first)).components.filter(
      ({ name, pid }) => pid !== before.find((component) => component.name === name)?.pid,
    );
    const restarted = changed.map(({ name }) => name);
    assert.deepEqual(restarted, ['kube-apiserver']);
    assert.match(readLog(first, 'kube-apiserver'), /Serving securely/);
  });

  test('after kill -9 of everything up brings it back, with its objects and its Pods', async () => {
    await kubectl('create', 'configmap', 'kept');
    const { cgroup } = clusterPaths(first);
    for (const pid of clusterProcesses(first, cgroup)) send(pid, 'SIGKILL');
    const { outcome } = await up({ name: first, images: false });
    assert.equal(outcome, 'repaired');
    await kubectl('get', 'configmap', 'kept');
    await kubectl('wait', '--for=condition=Ready', 'pod/proxy', '--timeout=60s');
  });

  test('a second cluster runs beside the first, with addresses and objects of its own', async () => {
    await up({ name: second, images: false });
    assert.deepEqual([(await status(first)).ready, (await status(second)).ready], [true, true]);
    assert.notEqual(environment(first).server, environment(second).server);
    const other = environment(second);
    const found = (await run(other.kubectl, ['--kubeconfig', other.kubeconfig, 'get', 'nodes', '-o', 'name'])).trim();
    assert.equal(found, `node/${second}`);
    await down(second);
    assert.equal((await status(first)).ready, true);
  });

  test('another version of a running cluster is refused, with what to do', async () => {
    const { said, code } = await commandLine('up', '--name', first, '--kubernetes', '1.36', '--no-images');
    assert.equal(code, 2);
    assert.match(
      said,
      new RegExp(
        `runs Kubernetes 1\\.37\\.\\d+, not 1\\.36\\.\\d+\nTake it down first \\(npm run cluster -- down --name ${first}\\)`,
      ),
    );
  });

  test('down leaves nothing: no process, mount, namespace, interface, route, rule, cgroup or file; and again it is no error', async () => {
    const { range, hostInterface } = specificationOf(requireRecord(first)).subnet;
    const seen = await knownOf(first);
    assert.ok(seen.containers.length >= 2 && seen.namespaces.length >= 2, JSON.stringify(seen));
    assert.equal(await down(first), true);
    assert.equal(await down(first), false);
    // The kernel takes namespaces apart in the background.
    await eventually(async () => assert.deepEqual(leftOf(seen), []));
    assert.equal(existsSync(`/sys/class/net/${hostInterface}`), false);
    assert.equal(await run('ip', ['route', 'show', range]), '');
    assert.equal(await run('nft', ['list', 'ruleset']), rules);
    await assert.rejects(async () => status(first), /no local cluster/);
  });
});

/** By what traces of a running cluster can be recognized later. */
type Known = { name: string; processes: number[]; namespaces: string[]; containers: string[] };

async function knownOf(name: string): Promise<Known> {
  const processes = clusterProcesses(name, clusterPaths(name).cgroup);
  const namespaces = new Set(processes.map(networkOf).filter((namespace) => namespace !== networkOf('self')));
  const containers = (await run(environment(name).ctr, ['containers', 'list', '--quiet'])).trim().split('\n');
  return { name, processes, namespaces: [...namespaces], containers };
}

/**
 * What the machine still has of a cluster, looked for without the code that removes it. Clusters of others may come and
 * go meanwhile.
 */
function leftOf({ name, processes, namespaces, containers }: Known): string[] {
  const belongs = (text: string) =>
    new RegExp(`(^|[^a-z0-9-])(bookend-)?${name}([^a-z0-9-]|$)`).test(text) || containers.some((id) => text.includes(id));
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  const directories = [
    '/run/netns',
    '/run/containerd/s',
    '/var/log/containers',
    '/var/log/pods',
    '/var/lib/cni/results',
    '/run/bookend',
    '/var/lib/bookend',
  ];
  const cgroups = mounts().filter(({ type }) => type.startsWith('cgroup'));
  return [
    ...processes.filter((pid) => existsSync(`/proc/${pid}`)).map((pid) => `process ${pid}`),
    ...pids
      .filter((pid) => belongs(read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')))
      .map((pid) => `process ${pid} by its command line`),
    ...pids.filter((pid) => namespaces.includes(networkOf(pid))).map((pid) => `process ${pid} by its network`),
    ...read('/proc/self/mountinfo')
      .split('\n')
      .filter((line) => belongs(line) || namespaces.some((inode) => line.includes(inode))),
    ...cgroups.flatMap(({ point }) => readdirSync(point, { recursive: true, encoding: 'utf8' })).filter(belongs),
    ...directories.flatMap((directory) => (existsSync(directory) ? readdirSync(directory).filter(belongs) : [])),
  ];
}

/** The network namespace of a process as the kernel names it: `net:[4026532318]`; empty when it may not be known. */
function networkOf(pid: number | string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function pod(name: string, args: string[], restartPolicy = 'Never') {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { name } },
    spec: {
      restartPolicy,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image, imagePullPolicy: 'Never', args }],
    },
  };
}

async function logsOfFinished(name: string): Promise<string> {
  await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${name}`, '--timeout=60s');
  return kubectl('logs', name);
}

/**
 * Runs the command line as a person does, and waits until its output is closed: by then nobody else may hold it open.
 */
function commandLine(...args: string[]): Promise<{ said: string; code: number | null }> {
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ said, code })));
}

async function serverCertificate(place: string, host: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(place, 'hook.crt'), join(place, 'hook.key')];
  const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=${host}`.split(' ');
  await run('openssl', [...request, '-addext', `subjectAltName=DNS:${host}`, '-keyout', key, '-out', cert]);
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** Tries again until the check holds, for at most 20 s. */
async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(200);
    }
  }
}
