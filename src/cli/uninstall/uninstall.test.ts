import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serviceAccount } from '../../cluster/simulated/index.ts';
import { printedWords } from '../../knowledge/printed-command.ts';
import { fieldAt } from '../../objects/fields.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Receipt } from '../../residue/receipt.ts';
import { account, configMap, custom, definition, namespace, roleWithBinding } from '../testing/manifests.ts';
import { storedRelease } from '../testing/stored-release.ts';
import type { OverviewDocument } from './overview.ts';
import { dryRunSchema } from './schema.ts';
import {
  agentChart,
  hook,
  install,
  installed,
  operatorChart,
  serveWidgets,
  space,
  widgetFinalizer,
} from './testing/installed.ts';

const widgets = () => [custom('Widget', 'theirs', space, [widgetFinalizer])];
const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace: space, name });

function asHook(object: KubernetesObject, weight: number): KubernetesObject {
  const annotations = {
    'helm.sh/hook': 'pre-delete',
    'helm.sh/hook-weight': String(weight),
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function withAccount(job: KubernetesObject, serviceAccountName: string): KubernetesObject {
  const copy = structuredClone(job);
  Object.assign(fieldAt(copy.spec, 'template', 'spec') as object, { serviceAccountName });
  return copy;
}

/** What a dry run prints, once the schema has accepted it. */
function overviewsIn(json: string): OverviewDocument[] {
  const printed: unknown = JSON.parse(json);
  const document = dryRunSchema.parse(printed);
  assert.deepEqual(document, printed);
  return 'releases' in document ? document.releases : [document];
}

describe('bookend uninstall', () => {
  test('takes a release down in order, and nothing of it is left, neither its history nor what Bookend kept', async () => {
    const { uninstall, left, simulated } = await installed({ chart: agentChart() });
    const { exitCode, err, out } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, err);
    assert.match(out, /Release agent in namespace shop: chart agent 1\.0\.0, revision 1, deployed/);
    assert.match(err, /4 objects gone in 2\.\ds, in this order: DaemonSet shop\/agent → /);
    assert.match(out, /✓ Release agent in namespace shop: clean, nothing of it is left/);
    assert.deepEqual(left(), []);
    assert.ok(!simulated.log.some(({ what }) => what === 'pre-stop-failed'));
  });

  test('does nothing without --yes where there is no terminal, and asks at one', async () => {
    const { uninstall, left } = await installed({ chart: agentChart() });
    const before = left();
    const { exitCode, err } = await uninstall();
    assert.equal(exitCode, 2);
    assert.match(err, /--dry-run, then pass --yes/);
    const dry = await uninstall(['--dry-run']);
    assert.equal(dry.exitCode, 0);
    assert.match(dry.out, /1 {2}DaemonSet shop\/agent/);
    const no = await uninstall([], { answer: 'n' });
    assert.deepEqual([no.exitCode, left()], [2, before]);
    const yes = await uninstall([], { answer: 'y' });
    assert.deepEqual([yes.exitCode, left()], [0, []]);
  });

  test('prints the receipt as JSON', async () => {
    const { uninstall } = await installed({ chart: agentChart() });
    const receipt = JSON.parse((await uninstall(['--yes', '-o', 'json'])).out) as Receipt;
    assert.deepEqual([receipt.verdict, receipt.residue, receipt.failedPreStopHooks], ['clean', [], []]);
    const [first] = receipt.gone;
    assert.equal(first?.id, 'DaemonSet.apps/shop/agent');
    assert.ok(first?.uid && first.askedAt && first.goneAt);
    const own = receipt.gone.filter(({ id }) => id.includes('bookend.uninstall'));
    assert.deepEqual(own, [], 'what Bookend itself keeps meanwhile is none of what was there before');
  });

  test('knows no release that does not exist, and no driver but those in the cluster', async () => {
    const { run } = await installed({ chart: agentChart() });
    assert.equal((await run(['uninstall', 'none', '-n', space, '--yes'])).exitCode, 3);
    const ignored = await run(['uninstall', 'none', '-n', space, '--yes', '--ignore-not-found']);
    assert.deepEqual([ignored.exitCode, ignored.err], [0, 'Nothing to uninstall\n']);
    const sql = await run(['uninstall', 'agent', '-n', space, '--yes'], { environment: { HELM_DRIVER: 'sql' } });
    assert.equal(sql.exitCode, 9);
    assert.match(sql.err, /Helm keeps its releases in a SQL database/);
  });

  test('reads a release that Helm keeps in a ConfigMap, and keeps the order in one too', async () => {
    const { uninstall, simulated, left } = await installed({ chart: agentChart() });
    const name = 'sh.helm.release.v1.agent.v1';
    const stored = await simulated.cluster.get(secret(name));
    const data = stored?.data as { release: string };
    await simulated.cluster.delete(secret(name));
    const labels = { owner: 'helm', name: 'agent', version: '1', status: 'failed' };
    const release = Buffer.from(data.release, 'base64').toString('latin1');
    await simulated.cluster.create({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: space, labels } },
      data: { release },
    });
    const first = await uninstall(['--yes'], { signal: { name: 'SIGTERM', afterMs: 1_500 } });
    assert.equal(first.exitCode, 143, first.err);
    assert.ok(left().includes('ConfigMap/shop/bookend.uninstall.agent'));
    const { exitCode, out } = await uninstall(['--yes']);
    assert.deepEqual([exitCode, left()], [0, []], out);
  });

  test('refuses a release whose stored manifest is broken, and deletes nothing', async () => {
    const { uninstall, simulated, left } = await installed({ chart: agentChart() });
    const value = { data: { release: Buffer.from('nonsense').toString('base64') } };
    await simulated.cluster.patch(secret('sh.helm.release.v1.agent.v1'), { type: 'merge', value });
    const before = left();
    const { exitCode, err } = await uninstall(['--yes']);
    assert.deepEqual([exitCode, left()], [2, before]);
    assert.match(err, /is not a valid Helm release/);
  });

  test('lists nothing as left behind while the same command still has to delete it', async () => {
    const chart = [...agentChart(), hook('clean-up', 'pre-delete', { exitCode: 1 })];
    const { uninstall, left } = await installed({ chart });
    const { exitCode, out } = await uninstall(['--yes', '-o', 'json']);
    const receipt = JSON.parse(out) as Receipt;
    assert.deepEqual([exitCode, receipt.verdict, receipt.residue], [7, 'blocked', []]);
    assert.ok(left().includes('Secret/shop/bookend.uninstall.agent'), 'no command deletes what it continues from');
  });

  test('says what the API server would say of the same release again', async () => {
    const { uninstall } = await installed({ chart: agentChart() });
    const receipt = JSON.parse((await uninstall(['--yes', '-o', 'json', '--check-reinstall'])).out) as Receipt;
    assert.equal(receipt.reinstall?.result, 'accepted');
  });

  test('marks the release with --keep-history, and deletes what is left of it when called again', async () => {
    const { uninstall, simulated, left } = await installed({ chart: agentChart() });
    const kept = await uninstall(['--yes', '--keep-history']);
    assert.equal(kept.exitCode, 0, kept.err + kept.out);
    const stored = await simulated.cluster.get(secret('sh.helm.release.v1.agent.v1'));
    assert.equal(stored?.metadata.labels?.status, 'uninstalled');
    assert.deepEqual(left(), ['Secret/shop/sh.helm.release.v1.agent.v1']);
    const again = await uninstall(['--yes']);
    assert.deepEqual([again.exitCode, left()], [0, []]);
  });
});

describe('an uninstall that something holds up', () => {
  const stuck = async () => {
    const held = configMap(space, 'held');
    held.metadata.finalizers = ['example.com/lock'];
    return installed({ chart: [held] });
  };

  /** Runs the one command of `bookend why` that was printed, as a shell reads it. */
  const explained = async ({ run }: Awaited<ReturnType<typeof stuck>>, text: string) => {
    const [command = '', ...more] = text.match(/bookend why .*/g) ?? [];
    assert.deepEqual([command, more], ['bookend why configmap/held -n shop', []], text);
    return run(printedWords(command)?.slice(1) ?? []);
  };

  test('prints the command that explains what holds it, and the blocker in the last line', async () => {
    const given = await stuck();
    const { exitCode, err, errLines } = await given.uninstall(['--yes', '--timeout', '1m', '--object-timeout', '20s']);
    assert.equal(exitCode, 7, err);
    assert.match(err, /See what holds it:\n {9}bookend why .*\n {9}Remove the blocker, then run the same command again/);
    assert.match(errLines.at(-1) ?? '', /^finalizer example\.com\/lock on ConfigMap shop\/held/);
    const why = await explained(given, err);
    assert.equal(why.exitCode, 7, why.err);
    assert.match(why.out, /example\.com\/lock/);
  });

  test('names it when it is interrupted, too', async () => {
    const given = await stuck();
    const { exitCode, err } = await given.uninstall(['--yes'], { signal: { name: 'SIGINT', afterMs: 30_000 } });
    assert.equal(exitCode, 130, err);
    assert.match((await explained(given, err)).out, /example\.com\/lock/);
  });
});

describe('hooks of an uninstall', () => {
  test('run by weight before and after, and go as their policy says', async () => {
    const chart = [
      ...agentChart(),
      hook('second', 'pre-delete', { weight: 5, policy: 'hook-succeeded' }),
      hook('first', 'pre-delete', { weight: -1, policy: 'hook-succeeded' }),
      hook('last', 'post-delete', { policy: 'hook-succeeded' }),
    ];
    const { uninstall, simulated, left } = await installed({ chart });
    const { exitCode, err } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, err);
    const at = (id: string, what: string) => simulated.log.findIndex((each) => each.id.startsWith(id) && each.what === what);
    const order = [
      at('Job.batch/shop/first', 'created'),
      at('Job.batch/shop/second', 'created'),
      at('DaemonSet.apps/shop/agent', 'gone'),
      at('Pod/shop/agent-', 'terminating'),
      at('Pod/shop/agent-', 'gone'),
      at('Job.batch/shop/last', 'created'),
    ];
    assert.ok(order.every((place) => place >= 0));
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
    assert.deepEqual(left(), []);
  });

  test('that fail stop it before anything else is deleted; it goes on once they can succeed', async () => {
    const chart = [...agentChart(), hook('clean', 'pre-delete', { exitCode: 1, policy: 'hook-succeeded' })];
    const { uninstall, simulated, left } = await installed({ chart });
    const failed = await uninstall(['--yes']);
    assert.equal(failed.exitCode, 7);
    assert.match(failed.err, /a pre-delete hook of release agent failed: .*Job\/shop\/clean/);
    assert.match(failed.err, /Nothing else was deleted/);
    assert.ok(left().includes('DaemonSet.apps/shop/agent'));
    const stored = await simulated.cluster.get(secret('sh.helm.release.v1.agent.v1'));
    assert.equal(stored?.metadata.labels?.status, 'uninstalling');
    const skipped = await uninstall(['--yes', '--no-hooks']);
    assert.equal(skipped.exitCode, 1, 'the Job of the hook is left');
    assert.match(skipped.out, /Job shop\/clean/);
  });

  test('have their account again when they run once more after a failure', async () => {
    const annotations = {
      'helm.sh/hook': 'pre-delete',
      'helm.sh/hook-weight': '-5',
      'helm.sh/hook-delete-policy': 'hook-succeeded',
    };
    const cleaner = account(space, 'cleaner');
    cleaner.metadata.annotations = annotations;
    const job = (exitCode: number) => {
      const made = hook('clean', 'pre-delete', { exitCode, policy: 'hook-succeeded' });
      const template = fieldAt(made.spec, 'template', 'spec') as Record<string, unknown>;
      template.serviceAccountName = 'cleaner';
      return made;
    };
    const { uninstall, simulated, left } = await installed({ chart: [...agentChart(), cleaner, job(1)] });
    assert.equal((await uninstall(['--yes'])).exitCode, 7);
    assert.ok(!left().includes('ServiceAccount/shop/cleaner'), 'Helm deletes it when the next hook fails');
    const { data } = storedRelease(space, 'agent', [...agentChart(), cleaner, job(0)], 'uninstalling');
    await simulated.cluster.patch(secret('sh.helm.release.v1.agent.v1'), { type: 'merge', value: { data } });
    const { exitCode, err, out } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, err + out);
    assert.deepEqual(left(), []);
  });

  test('leave what their policy does not take, and the receipt names it', async () => {
    const { uninstall } = await installed({ chart: [...agentChart(), hook('clean', 'pre-delete')] });
    const { exitCode, out } = await uninstall(['--yes']);
    assert.equal(exitCode, 1);
    assert.match(out, /Job shop\/clean/);
  });
});

describe('custom resources that the release did not make', () => {
  const setting = { chart: operatorChart(), others: widgets(), prepare: serveWidgets };

  test('are listed, and nothing is deleted', async () => {
    const { uninstall, left } = await installed(setting);
    const before = left();
    const { exitCode, err } = await uninstall(['--yes']);
    assert.equal(exitCode, 7);
    assert.match(err, /1 custom resource that this release did not make: Widget shop\/theirs/);
    assert.deepEqual(left(), before);
  });

  test('go before their operator with --custom-resources delete', async () => {
    const { uninstall, left, simulated } = await installed(setting);
    const { exitCode, err, out } = await uninstall(['--yes', '--custom-resources', 'delete']);
    assert.equal(exitCode, 0, err + out);
    assert.deepEqual(left(), []);
    const order = simulated.log.filter(({ what }) => what === 'gone').map(({ id }) => id as string);
    assert.ok(order.indexOf('Widget.example.com/shop/theirs') < order.indexOf('Deployment.apps/shop/manager'));
  });

  test('stay with their operator, its rights and their definition with --custom-resources keep', async () => {
    const { uninstall, left } = await installed({ ...setting, chart: [...operatorChart(), configMap(space, 'extra')] });
    const { exitCode, out } = await uninstall(['--yes', '--custom-resources', 'keep']);
    assert.deepEqual(
      left(),
      [
        'ClusterRole.rbac.authorization.k8s.io/manager',
        'ClusterRoleBinding.rbac.authorization.k8s.io/manager',
        'CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com',
        'Deployment.apps/shop/manager',
        ...left().filter((id) => /^(Pod|ReplicaSet)/.test(id)),
        'ServiceAccount/shop/manager',
        'Widget.example.com/shop/theirs',
      ].sort(),
    );
    assert.match(out, /Kept on purpose/);
    assert.equal(exitCode, 0, out);
  });

  test('are shown with what they own, which goes with them', async () => {
    const { uninstall, simulated } = await installed(setting);
    const theirs = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'theirs' };
    const uid = (await simulated.cluster.get({ ...theirs, namespace: space }))?.metadata.uid ?? '';
    const metadata = { name: 'made', namespace: space, ownerReferences: [{ ...theirs, uid, controller: true }] };
    await simulated.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata });
    const { out } = await uninstall(['--dry-run', '--custom-resources', 'delete']);
    assert.match(out, /with {5}what these own: Secret shop\/made/);
    assert.doesNotMatch((await uninstall(['--dry-run', '--custom-resources', 'keep'])).out, /what these own/);
    const document = async (choice: string) => {
      const { out: json } = await uninstall(['--dry-run', '--custom-resources', choice, '-o', 'json']);
      return overviewsIn(json)[0];
    };
    assert.deepEqual((await document('delete'))?.ownedByForeignCustomResources, ['Secret/shop/made']);
    const kept = await document('keep');
    assert.deepEqual(kept?.foreignCustomResources, ['Widget.example.com/shop/theirs']);
    assert.equal(kept && 'ownedByForeignCustomResources' in kept, false);
  });

  test('that need everything of the release keep it installed: without its history Helm would not know it', async () => {
    const ofOthers = operatorChart().filter(({ metadata }) => metadata.name !== 'own');
    const { uninstall, left } = await installed({ ...setting, chart: ofOthers });
    const before = left();
    const { exitCode, err } = await uninstall(['--yes', '--custom-resources', 'keep']);
    assert.equal(exitCode, 7);
    assert.match(err, /custom resources that stay need everything of the release: Widget shop\/theirs/);
    assert.deepEqual(left(), before);
  });

  test('stay only without a hook of the chart that may delete them', async () => {
    const clean = (rules: Record<string, unknown>[]) => [
      ...[account(space, 'hook'), ...roleWithBinding(space, 'hook', rules)].map((each) => asHook(each, -1)),
      withAccount(hook('clean-up', 'pre-delete', { policy: 'hook-succeeded' }), 'hook'),
    ];
    const may = [{ apiGroups: ['example.com'], resources: ['*'], verbs: ['delete'] }];
    const { uninstall, left } = await installed({ ...setting, chart: [...operatorChart(), ...clean(may)] });
    const before = left();
    const { exitCode, err } = await uninstall(['--yes', '--custom-resources', 'keep']);
    assert.equal(exitCode, 7);
    assert.match(err, /a hook of the chart may delete .*: Job shop\/clean-up has the permission to delete Widget shop\/theirs/);
    assert.match(err, /Pass --no-hooks/);
    assert.deepEqual(left(), before);
    assert.equal((await uninstall(['--yes', '--custom-resources', 'keep', '--no-hooks'])).exitCode, 0);
    assert.ok(left().includes('Widget.example.com/shop/theirs'));

    const harmless = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['delete'] }];
    const other = await installed({ ...setting, chart: [...operatorChart(), ...clean(harmless)] });
    assert.equal((await other.uninstall(['--yes', '--custom-resources', 'keep'])).exitCode, 0);
  });

  test('that appear in the middle stop it', async () => {
    const { uninstall, simulated, left } = await installed({ chart: operatorChart(), prepare: serveWidgets });
    await simulated.cluster.patch(
      { apiVersion: 'example.com/v1', kind: 'Widget', namespace: space, name: 'own' },
      { type: 'merge', value: { metadata: { finalizers: [widgetFinalizer, 'example.com/other'] } } },
    );
    simulated.clock.after(3_000, () => void simulated.cluster.create(custom('Widget', 'late', space, [widgetFinalizer])));
    const { exitCode, err } = await uninstall(['--yes']);
    assert.equal(exitCode, 7);
    assert.match(err, /did not make: Widget shop\/late/);
    assert.match(err, /The uninstall stopped/);
    assert.ok(left().includes('Widget.example.com/shop/late') && left().includes('Deployment.apps/shop/manager'));
  });
});

describe('what others have', () => {
  test('an object that another release has taken over stays, and so does what the chart wants to keep', async () => {
    const kept = configMap(space, 'kept');
    kept.metadata.annotations = { 'helm.sh/resource-policy': 'keep' };
    const { uninstall, simulated, left } = await installed({ chart: [...agentChart(), configMap(space, 'shared'), kept] });
    const annotations = { 'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': space };
    const shared = { apiVersion: 'v1', kind: 'ConfigMap', namespace: space, name: 'shared' };
    await simulated.cluster.patch(shared, { type: 'merge', value: { metadata: { annotations } } });
    const { exitCode, out } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, out);
    assert.deepEqual(left(), ['ConfigMap/shop/kept', 'ConfigMap/shop/shared']);
    assert.match(out, /ConfigMap shop\/shared: it belongs to release shop\/other by now/);
  });

  test('a Namespace of the chart goes when nothing of others is in it, and stays otherwise', async () => {
    const chart = [namespace('made'), configMap('made', 'settings')];
    const empty = await installed({ chart });
    assert.equal((await empty.uninstall(['--yes'])).exitCode, 0);
    const gone = { apiVersion: 'v1', kind: 'Namespace', name: 'made' };
    assert.equal(await empty.simulated.cluster.get(gone), undefined);
    const used = await installed({ chart, others: [configMap('made', 'theirs')] });
    const { exitCode, out } = await used.uninstall(['--yes']);
    assert.match(out, /Namespace made: Namespace made is kept: 1 object of others is in it: ConfigMap made\/theirs/);
    assert.equal(exitCode, 0);
    assert.ok(await used.simulated.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'made', name: 'theirs' }));
  });
});

describe('an uninstall that is interrupted', () => {
  test('goes on with the same command', async () => {
    const { uninstall, left } = await installed({ chart: agentChart() });
    const first = await uninstall(['--yes'], { signal: { name: 'SIGINT', afterMs: 1_500 } });
    assert.equal(first.exitCode, 130, first.err);
    assert.match(first.err, /Run the same command again to continue/);
    assert.ok(left().includes('Secret/shop/bookend.uninstall.agent'));
    assert.ok(left().includes('ServiceAccount/shop/agent'), 'its Pod still needs it');
    const { exitCode, out } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, out);
    assert.deepEqual(left(), []);
  });

  test('deletes nothing more for an order that somebody else has written', async () => {
    const theirs = configMap(space, 'theirs');
    const { uninstall, simulated, left } = await installed({ chart: agentChart(), others: [theirs] });
    const stored = await simulated.cluster.get(secret('sh.helm.release.v1.agent.v1'));
    const live = await simulated.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: space, name: 'theirs' });
    const order = {
      steps: [live, ...agentChart()].flatMap((object) => {
        const { name, namespace: place } = (object as KubernetesObject).metadata;
        const { apiVersion, kind } = object as KubernetesObject;
        const ref = { apiVersion, kind, name, namespace: place, uid: live?.metadata.uid };
        return { id: idOf(object as KubernetesObject), ref: { ...ref, name: 'theirs' }, mode: 'delete', after: [] };
      }),
    };
    const progress = { startedAt: 0, nonce: 'forged-nonce', hooksDone: [], eventsDone: [], order };
    await simulated.cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bookend.dev/uninstall.v1',
      metadata: {
        name: 'bookend.uninstall.agent',
        namespace: space,
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Secret', name: 'sh.helm.release.v1.agent.v1', uid: stored?.metadata.uid ?? '' },
        ],
      },
      data: { progress: gzipSync(JSON.stringify(progress)).toString('base64') },
    });
    const { exitCode, err } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(left(), ['ConfigMap/shop/theirs']);
  });

  test('leaves a Secret of that name alone which is not its own', async () => {
    const others = [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bookend.uninstall.agent', namespace: space } }];
    const { uninstall, left } = await installed({ chart: agentChart(), others });
    const before = left();
    const { exitCode, err } = await uninstall(['--yes']);
    assert.equal(exitCode, 5);
    assert.match(err, /exists and is not Bookend's/);
    assert.deepEqual(left(), before);
  });

  test('goes on for somebody else once its holder has been silent for as long as its Lease lasts', async () => {
    const { uninstall, simulated, left } = await installed({ chart: agentChart() });
    const at = new Date(simulated.clock.now()).toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: 'jane@laptop', leaseDurationSeconds: 10, acquireTime: at, renewTime: at };
    await simulated.cluster.create({
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec },
      metadata: { name: 'bookend.uninstall.agent', namespace: space },
    });
    const { exitCode, err, ms } = await uninstall(['--yes']);
    assert.equal(exitCode, 0, err);
    assert.match(err, /jane@laptop was uninstalling release agent in namespace shop/);
    assert.ok(ms >= 10_000 && ms < 25_000, `${ms} ms`);
    assert.deepEqual(left(), []);
  });

  test('is refused while somebody else runs it, who is named', async () => {
    const { uninstall, run, left } = await installed({ chart: agentChart() });
    const first = uninstall(['--yes']);
    const second = run(['uninstall', 'agent', '-n', space, '--yes']);
    const [one, two] = await Promise.all([first, second]);
    const [won, lost] = one.exitCode === 0 ? [one, two] : [two, one];
    assert.deepEqual([won.exitCode, lost.exitCode], [0, 5], won.err + lost.err);
    assert.match(lost.err, /@.* \(process \d+, \w+\) has been uninstalling release agent in namespace shop since/);
    assert.deepEqual(left(), []);
  });
});

describe('permissions', () => {
  test('that are missing are all named before anything is deleted', async () => {
    const rules = [
      { apiGroups: [''], resources: ['secrets', 'configmaps', 'pods', 'events', 'serviceaccounts'], verbs: ['*'] },
      { apiGroups: ['apps'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['batch'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['*'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['get', 'list', 'watch', 'delete'] },
    ];
    const others = [account(space, 'jane'), ...roleWithBinding(space, 'jane', rules)];
    const { uninstall, left } = await installed({ chart: agentChart(), others });
    const before = left();
    const { exitCode, err } = await uninstall(['--yes'], { user: serviceAccount(space, 'jane') });
    assert.equal(exitCode, 4, err);
    assert.match(err, /a permission is missing for this uninstall: delete daemonsets\.apps in namespace shop \(agent\)/);
    assert.deepEqual(left(), before);
  });
});

describe('several releases', () => {
  test('go in the reverse of the order in which they need each other', async () => {
    const [, ...rest] = operatorChart();
    const [definition] = operatorChart();
    const chart = [definition as KubernetesObject, ...rest.filter(({ kind }) => kind !== 'Widget')];
    const { simulated, run, left } = await installed({ chart, name: 'operator', prepare: serveWidgets });
    await install(simulated, { chart: [custom('Widget', 'own', space, [widgetFinalizer])], name: 'things' });
    await simulated.settle(1_000);
    const { exitCode, err, out } = await run(['uninstall', 'operator', 'things', '-n', space, '--yes']);
    assert.equal(exitCode, 0, err + out);
    assert.deepEqual(left(), []);
    assert.ok(out.indexOf('Release things') < out.indexOf('Release operator'));
  });

  test('go by what Flux says that they depend on, and Flux is named', async () => {
    const { simulated, run } = await installed({ chart: [configMap(space, 'a')], name: 'base' });
    await install(simulated, { chart: [configMap(space, 'b')], name: 'app' });
    const crd = definition('HelmRelease');
    const flux = 'helm.toolkit.fluxcd.io';
    await simulated.cluster.create({
      ...crd,
      metadata: { name: `helmreleases.${flux}` },
      spec: { ...(crd.spec as object), group: flux },
    });
    await simulated.settle(500);
    const helmRelease = (name: string, spec: object) => ({
      ...{ apiVersion: `${flux}/v1`, kind: 'HelmRelease', metadata: { name, namespace: space } },
      spec,
    });
    await simulated.cluster.create(helmRelease('one', { releaseName: 'base', suspend: true }));
    await simulated.cluster.create(helmRelease('two', { releaseName: 'app', dependsOn: [{ name: 'one' }] }));
    const { exitCode, out, err } = await run(['uninstall', 'base', 'app', '-n', space, '--dry-run']);
    assert.equal(exitCode, 0, err);
    assert.ok(out.indexOf('Release app') < out.indexOf('Release base'));
    assert.match(err, /release app is installed by Flux: HelmRelease shop\/two, which will install it again/);
    assert.match(err, /release base is installed by Flux: HelmRelease shop\/one\n/);
  });
});
