/**
 * Chaos: in the middle of a teardown something breaks that everybody's clusters break sometimes. Bounded rounds, one of
 * each kind; `BOOKEND_CHAOS_ROUNDS` or `npm run chaos -- --rounds N` repeats them. What must hold is in life.ts.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fieldAt, listOf, mapOf, textOf } from '../../../src/objects/fields.ts';
import { bookend } from '../../../tools/lab/command-line.ts';
import type { Lab } from '../../../tools/lab/lab.ts';
import { until } from '../../../tools/lab/observe.ts';
import { releaseOfCommit } from '../../../tools/lab/release-of-commit.ts';
import { inNetworkOf, restart } from '../../../tools/local-cluster/index.ts';
import { access, workloadOf } from '../../e2e/objects.ts';
import { operatorNamespace, podsOf, put, untilResource, untilWebhookAnswers } from '../../e2e/support.ts';
import { Witness } from '../../e2e/witness.ts';
import { ensureInstalled, operatorPods, phaseOf, useAttacked } from '../support.ts';
import { dyingOne } from './life.ts';

const rounds = Number(process.env.BOOKEND_CHAOS_ROUNDS ?? 1);

/**
 * The release to upgrade from and to downgrade to: the last one whose status has one form only. Releases before 33d064f
 * took Pods without an owner for ours by their labels, as soon as the workload was gone.
 */
const olderCommit = '6643a9e';

/** Longer than a lease lasts (15 s). */
const silenceMs = 18_000;

for (let round = 1; round <= rounds; round += 1) {
  describe(`Chaos, round ${round} of ${rounds}`, () => {
    const attacked = useAttacked(`chaos-${round}`);
    const { namespace } = attacked;
    const local = () =>
      attacked.lab.local ?? assert.fail('chaos needs the local cluster: nothing of another one is broken on purpose');
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const scale = async (replicas: number) => {
      await attacked.lab.run('kubectl', ['scale', 'deployment/bookend', '-n', operatorNamespace, `--replicas=${replicas}`]);
      await attacked.lab.run('kubectl', ['rollout', 'status', 'deployment/bookend', '-n', operatorNamespace, '--timeout=120s']);
    };
    const leader = async () => {
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: operatorNamespace, name: 'bookend' };
      return textOf(fieldAt(await attacked.cluster.get(lease), 'spec', 'holderIdentity')) ?? '';
    };
    const leadingPod = () =>
      until('a leader among the operator’s Pods', async () => {
        const holder = await leader();
        return (await operatorPods(attacked)).find(({ metadata }) => metadata.name === holder);
      });
    const signal = async (what: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT', pod: Awaited<ReturnType<typeof leadingPod>>) => {
      for (const status of listOf(fieldAt(pod, 'status', 'containerStatuses')).map(mapOf)) {
        const container = textOf(status.containerID)?.replace('containerd://', '') ?? '';
        await attacked.lab.run('ctr', ['-n', 'k8s.io', 'tasks', 'kill', '--signal', what, container]);
      }
    };

    test('the operator is killed, twice', async () => {
      local();
      const life = await dyingOne(attacked, 'e2e-killed');
      await signal('SIGKILL', await leadingPod());
      await sleep(3_000);
      for (const pod of await operatorPods(attacked)) await signal('SIGKILL', pod).catch(() => undefined);
      await life.end();
    });

    test('the leader of two is frozen until another leads, and thaws in the middle of its work', async () => {
      local();
      await scale(2);
      const life = await dyingOne(attacked, 'e2e-frozen', { stopSeconds: 12 });
      const frozen = await leadingPod();
      await signal('SIGSTOP', frozen);
      try {
        await until('another leader', async () => ![frozen.metadata.name, ''].includes(await leader()), silenceMs * 3);
      } finally {
        await signal('SIGCONT', frozen).catch(() => undefined);
      }
      await life.end();
    });

    test('the leader of two is cut off from the API server, and comes back', async () => {
      const name = local();
      await scale(2);
      const life = await dyingOne(attacked, 'e2e-parted', { stopSeconds: 12 });
      const parted = await leadingPod();
      const address = textOf(fieldAt(parted, 'status', 'podIP')) ?? '';
      const table = 'e2e_partition';
      await inNetworkOf(name, ['nft', 'add', 'table', 'ip', table]);
      try {
        await inNetworkOf(name, ['nft', 'add', 'chain', 'ip', table, 'in', '{ type filter hook input priority -200 ; }']);
        await inNetworkOf(name, `nft add rule ip ${table} in ip saddr ${address} tcp dport 6443 drop`.split(' '));
        await until('another leader', async () => ![parted.metadata.name, ''].includes(await leader()), silenceMs * 3);
      } finally {
        await inNetworkOf(name, ['nft', 'delete', 'table', 'ip', table]);
      }
      await life.end();
      await scale(1);
    });

    test('the API server is killed, and etcd after it', async () => {
      const name = local();
      const life = await dyingOne(attacked, 'e2e-restarted', { stopSeconds: 15 });
      await restart(name, 'kube-apiserver', { downtimeMs: 1_000 });
      await restart(name, 'etcd', { downtimeMs: 2_000 });
      await life.end();
    });

    test('the clock of the operator is an hour ahead: nothing times out early', async () => {
      local();
      await scale(0);
      const operator = aheadOfTime(attacked.release.directory, await kubeconfigOfOperator(attacked.lab));
      try {
        const life = await dyingOne(attacked, 'e2e-ahead', {
          stopSeconds: 6,
          teardown: { timeout: '2m', onTimeout: 'Continue' },
        });
        await life.end();
      } finally {
        operator.kill('SIGTERM');
        if (operator.exitCode === null) await once(operator, 'exit');
        await scale(1);
        await untilWebhookAnswers(attacked);
      }
    });

    test('the clock of the command line, as in the hook, is an hour ahead: nothing times out early', async () => {
      const name = 'e2e-hooked';
      const objects = [...access(name, namespace), workloadOf(name, { kind: 'Deployment', stopSeconds: 4 })];
      await put(attacked, ...objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } })));
      await until('a Pod of it', async () => (await podsOf(attacked, name)).some((pod) => phaseOf(pod) === 'Running'));
      const witness = await Witness.watching(attacked.cluster, [
        { apiVersion: 'v1', kind: 'Pod', namespace },
        { apiVersion: 'v1', kind: 'ServiceAccount', namespace },
      ]);
      const targets = [`deployment/${name}`, `serviceaccount/${name}`];
      const args = ['delete', ...targets, '-n', namespace, '--kubeconfig', attacked.lab.kubeconfig];
      const { status, stderr } = bookend(attacked.lab, [...args, '--object-timeout', '2m', '--on-timeout', 'Continue'], {
        directory: attacked.release.directory,
        environment: { NODE_OPTIONS: `--import=${hourAhead}` },
      });
      const violations = witness.goneBefore(new RegExp(`^Pod/.*/${name}-`), new RegExp(`^ServiceAccount/.*/${name}$`));
      witness.close();
      assert.equal(status, 0, stderr);
      assert.deepEqual(violations, [], stderr);
    });

    test('a node is gone for good: its Pods are named with what to do, and the taint out-of-service ends it', async () => {
      local();
      const ghost = 'e2e-ghost';
      const life = await dyingOne(attacked, 'e2e-ghosted', {
        stopSeconds: 1,
        prepare: async (name) => {
          await attacked.lab.run('kubectl', ['create', '-f', '-'], { input: JSON.stringify(ghostNode(ghost)) });
          await attacked.lab.run('kubectl', [
            'patch',
            'node',
            ghost,
            '--subresource=status',
            '--type=merge',
            '-p',
            JSON.stringify({ status: ghostStatus }),
          ]);
          await until('a Pod on the node that is gone', async () =>
            (await podsOf(attacked, name)).some((pod) => fieldAt(pod, 'spec', 'nodeName') === ghost),
          );
        },
      });
      try {
        const says = new RegExp(`${ghost}`);
        await untilResource(attacked, 'e2e-ghosted', 'names the node', ({ status }) => says.test(status?.blocker ?? ''), 60_000);
        await attacked.lab.run('kubectl', ['taint', 'node', ghost, 'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute']);
        await life.end();
      } finally {
        await attacked.lab.run('kubectl', ['delete', 'node', ghost, '--ignore-not-found']);
      }
    });

    test(`it is downgraded to ${olderCommit} and upgraded again in the middle of a teardown`, async () => {
      local();
      const { lab, release } = attacked;
      const older = await releaseOfCommit(lab, olderCommit);
      const upgrade = ({ chart, values }: { chart: string; values: string[] }) =>
        lab.run('helm4', [
          'upgrade',
          'bookend',
          chart,
          '-n',
          operatorNamespace,
          '--reset-values',
          '--wait',
          ...values.flatMap((value) => ['--set', value]),
        ]);
      // The charts differ in what the guard keeps, and Helm deletes what the other one lacks: it is overridden, as its
      // own message says.
      const overrideGuard = async () => {
        const names = ['bookend-guard', 'bookend-guard-collections', 'bookend-guard-definition'];
        await lab.run('kubectl', ['delete', 'validatingadmissionpolicybinding', ...names, '--ignore-not-found']);
        // An API server goes on with a binding for a moment after it has gone, longer where the machine is busy.
        const role = ['delete', 'clusterrole', `${operatorNamespace}-bookend-deployer`, '--ignore-not-found', '--dry-run=server'];
        await until('the guard is overridden', async () => (await lab.attempt('kubectl', role)).code === 0);
        await sleep(3_000);
      };
      const life = await dyingOne(attacked, 'e2e-downgraded', { stopSeconds: 25 });
      await overrideGuard();
      await upgrade(older);
      // What the older release installed is taken down by the newer one.
      const second = await dyingOne(attacked, 'e2e-upgraded', { stopSeconds: 25 });
      await overrideGuard();
      await upgrade(release);
      await life.end();
      await second.end();
      await ensureInstalled(lab, release);
    });
  });
}

/** For `node --import`: JavaScript's clock an hour ahead of the machine's. */
const hourAhead = `data:text/javascript,${encodeURIComponent(
  'const Real = Date; const ahead = 3600000;' +
    'globalThis.Date = class extends Real { constructor(...given) { super(...(given.length > 0 ? given : [Real.now() + ahead])); } static now() { return Real.now() + ahead; } };',
)}`;

/** An operator as a process of its own on this machine. */
function aheadOfTime(directory: string, kubeconfig: string): ChildProcess {
  const args = ['operator', '--kubeconfig', kubeconfig, '--metrics-port=0', '--health-port=0'];
  return spawn(process.execPath, [`--import=${hourAhead}`, join(directory, 'bin', 'bookend.js'), ...args, '--log-level=warn'], {
    cwd: directory,
    env: { ...process.env, POD_NAME: 'e2e-ahead', POD_NAMESPACE: operatorNamespace },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** The operator's own account, as the policies know it. */
async function kubeconfigOfOperator(lab: Lab): Promise<string> {
  const token = (
    await lab.run('kubectl', ['create', 'token', 'bookend', '-n', operatorNamespace, '--duration=2h'])
  ).stdout.trim();
  const shown = (await lab.run('kubectl', ['config', 'view', '--raw', '--minify', '-o', 'json'])).stdout;
  const config = JSON.parse(shown) as { users: { name: string; user: object }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token } }));
  const file = join(mkdtempSync(join(tmpdir(), 'bookend-operator-')), 'kubeconfig');
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return file;
}

function ghostNode(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
  };
}

const size = { cpu: '2', memory: '2Gi', pods: '20', 'ephemeral-storage': '2Gi' };
const ghostStatus = {
  capacity: size,
  allocatable: size,
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'nobody answers',
      lastHeartbeatTime: null,
      lastTransitionTime: null,
    },
  ],
};
