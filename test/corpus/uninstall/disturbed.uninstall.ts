/**
 * `bookend uninstall` when it does not run alone and undisturbed: killed at random moments, started twice, started by
 * somebody who may not do all of it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fieldAt } from '../../../src/objects/fields.ts';
import type { Lab } from '../../../tools/lab/lab.ts';
import { until } from '../../../tools/lab/observe.ts';
import { existing, failedHooks } from '../reality.ts';
import { inPlace, installRelease, placeNamed, setUp } from '../set-up.ts';
import type { Place, Situation } from '../situation.ts';
import { situations } from '../situations/all.ts';
import { useCorpusLab } from './hold.ts';
import { kubectlSnapshot } from './kubectl-snapshot.ts';
import { uninstallWith } from './obedient.ts';

const kills = 10;
const atOnce = 5;
/** In ms: from before it reads the release to after its last delete. */
const moments = { from: 700, to: 9_000 };

const lab = useCorpusLab();

describe('bookend uninstall, disturbed', { concurrency: 1 }, () => {
  describe('killed at a random moment, the same command completes', { concurrency: atOnce }, () => {
    for (let number = 0; number < kills; number++) {
      const situation = situationOf(number % 2 === 0 ? 'own-agent' : 'hook-done-right');
      const afterMs = Math.round(moments.from + Math.random() * (moments.to - moments.from));
      test(`${situation.key}, killed after ${afterMs} ms`, () =>
        inRelease(lab(), situation, `killed${number}`, (place, older) => killed(lab(), place, afterMs, older)));
    }
  });

  test('a second one is refused and told who runs the first', () =>
    inRelease(lab(), situationOf('own-agent'), 'twice', async (place) => {
      const first = uninstallWith(lab(), place, []);
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: `bookend.uninstall.${place.name}` };
      const holder = await until('the first one to hold the Lease', async () => {
        const held = await lab().cluster.get({ ...lease, namespace: place.namespace });
        return String(fieldAt(held, 'spec', 'holderIdentity') ?? '') || undefined;
      });
      const second = await uninstallWith(lab(), place, []).attempt();
      assert.equal(second.status, 5, second.says);
      assert.ok(second.says.startsWith(`${holder} has been uninstalling release ${place.name}`), second.says);
      assert.match(holder, new RegExp(`\\(process ${first.child.pid}, `));
      const { status, says } = await first.attempt();
      assert.equal(status, 0, says);
    }));

  test('somebody with too few rights deletes nothing, and every missing right is named', () =>
    inRelease(lab(), situationOf('own-agent'), 'rights', async (place) => {
      const { name, namespace } = place;
      const who = ['--clusterrole=admin', '--user=corpus-jane', '-n', namespace];
      await lab().run('kubectl', ['create', 'rolebinding', 'jane', ...who]);
      const before = await kubectlSnapshot(lab(), place);
      const { status, says, advice } = await uninstallWith(lab(), place, ['--as', 'corpus-jane']).attempt();
      const after = await kubectlSnapshot(lab(), place);
      assert.equal(status, 4, says);
      for (const what of ['clusterroles', 'clusterrolebindings'])
        assert.ok(says.includes(`delete ${what}.rbac.authorization.k8s.io (${name}-agent)`), says);
      assert.match(advice, / Nothing was deleted\.$/);
      assert.deepEqual(ofPlace(before.objects.values(), place), ofPlace(after.objects.values(), place));
    }));
});

function situationOf(key: string): Situation {
  const found = situations.find((each) => each.key === key);
  assert.ok(found, key);
  return found;
}

type Older = ReadonlySet<string>;

/** @param run told what was there before the release */
function inRelease(
  lab: Lab,
  situation: Situation,
  name: string,
  run: (place: Place, older: Older) => Promise<void>,
): Promise<void> {
  const place = placeNamed(situation, name);
  return inPlace(lab, place, async () => {
    let older: Older = new Set();
    await setUp(lab, situation, place, {
      beforeInstall: async () => {
        older = new Set((await existing(lab.cluster, place)).keys());
      },
      install: (source) => installRelease(lab, 'helm4', place, source),
    });
    await run(place, older);
  });
}

async function killed(lab: Lab, place: Place, afterMs: number, older: Older): Promise<void> {
  const flags = ['--custom-resources', 'delete', '--ignore-not-found'];
  const first = uninstallWith(lab, place, flags);
  await Promise.race([pause(afterMs), first.ended]);
  first.child.kill('SIGKILL');
  await first.ended;
  const { status, receipt, says } = await uninstallWith(lab, place, flags).attempt();
  // Beside others, whose definitions come and go, not everything can be looked at.
  assert.ok(status === 0 || status === 10, `${status}: ${says}`);
  assert.deepEqual(receipt?.residue ?? [], []);
  assert.deepEqual(await failedHooks(lab.cluster, place), []);
  const { stdout } = await lab.run('helm4', ['list', '-n', place.namespace, '-o', 'json']);
  assert.deepEqual(JSON.parse(stdout), []);
  await until(
    'nothing to be left',
    async () => {
      const left = [...(await existing(lab.cluster, place)).keys()].filter((id) => !older.has(id) && !isKept(id));
      return left.length === 0;
    },
    30_000,
  );
}

/** Helm never deletes the definitions of `crds/`. */
function isKept(id: string): boolean {
  return id.startsWith('CustomResourceDefinition.');
}

function ofPlace(shown: Iterable<{ id: string; uid: string; terminating: boolean }>, { name }: Place): unknown[] {
  return [...shown]
    .filter(({ id }) => id.includes(name))
    .map(({ id, uid, terminating }) => [id, uid, terminating])
    .sort();
}
