/**
 * Situations that people have reported, on a real cluster with a small operator that stands in for theirs: first `bookend preview` says what the uninstall will do, then
 * the uninstall does it, and the two must agree.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Preview } from '../../src/preview/model.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { residueSince, snapshot } from '../../tools/lab/residue.ts';
import { bookend } from '../charts/command-line.ts';
import { namesOf, patienceMs, put, untilNothingIsLeft, useStage } from './support.ts';

const chart = join(root, 'examples', 'own-operator');
const release = 'e2e-corpus';

describe('A preview, and the uninstall that follows it', () => {
  const stage = useStage('corpus', { bookend: false });

  for (const helm of ['helm4', 'helm3'] satisfies HelmVersion[]) {
    test(`${helm}: an operator that goes before its custom resource, whose finalizer then holds the definition for ever`, async () => {
      const before = await snapshot(stage.cluster);
      await installed(helm);
      const said = preview(helm, '--no-hooks');
      assert.equal(said.outcome, 'hangs');
      const errors = said.findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
      assert.deepEqual(errors, ['operator-before-custom-resources', 'custom-resources-wiped']);
      await stage.lab.run(helm, ['uninstall', release, '-n', stage.namespace, '--no-hooks']);
      await agrees(said, before);
      await patched(null);
      await untilNothingIsLeft(stage, before);
    });

    test(`${helm}: the same chart with its hook leaves nothing`, async () => {
      const before = await snapshot(stage.cluster);
      await installed(helm);
      const said = preview(helm);
      assert.equal(said.outcome, 'succeeded');
      assert.deepEqual(
        said.findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      await stage.lab.run(helm, ['uninstall', release, '-n', stage.namespace]);
      await agrees(said, before);
      await untilNothingIsLeft(stage, before);
    });
  }

  /** The chart with a Widget whose Deployment runs. */
  async function installed(helm: HelmVersion): Promise<void> {
    const { lab, namespace, cluster } = stage;
    await lab.run(helm, ['install', release, chart, '-n', namespace, '--wait', '--set', 'bookend.timeoutSeconds=10']);
    await lab.run('kubectl', ['wait', '--for=condition=established', 'crd/widgets.example.com', '--timeout=60s']);
    await put(stage, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'first', namespace },
      spec: { replicas: 1, stopSeconds: 1 },
    });
    await until(
      'the Deployment of the Widget',
      async () => (await namesOf({ cluster }, { apiVersion: 'apps/v1', kind: 'Deployment', namespace })).includes('widget-first'),
      patienceMs,
    );
    await lab.run('kubectl', ['rollout', 'status', 'deployment', 'widget-first', '-n', namespace, '--timeout=120s']);
  }

  function preview(helm: HelmVersion, ...flags: string[]): Preview {
    const { lab, namespace } = stage;
    const args = ['preview', release, '-n', namespace, '--with', helm, '-o', 'json', '--fail-on', 'never', ...flags];
    const { status, stdout, stderr } = bookend(lab, [...args, '--kubeconfig', lab.kubeconfig], helm);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Preview;
  }

  /** What stays is what was said. What was made for the Widget lives and dies with it, and the preview does not name it beside its owner. */
  async function agrees({ left }: Preview, before: Awaited<ReturnType<typeof snapshot>>): Promise<void> {
    const made = /^(Pod|ReplicaSet\.apps)\/|\/widget-first$/;
    const said = [...new Set(left.filter(({ why }) => why !== 'pod-effects').map(({ id }): string => id))]
      .filter((id) => !made.test(id))
      .sort();
    let seen: string[] = [];
    await until(
      'the residue to be what the preview said',
      async () => {
        seen = (await residueSince(stage.cluster, before)).filter((id) => !made.test(id)).sort();
        return seen.join() === said.join();
      },
      20_000,
    ).catch(() => assert.deepEqual(seen, said));
  }

  async function patched(finalizers: string[] | null): Promise<void> {
    const patch = JSON.stringify({ metadata: { finalizers } });
    await stage.lab.run('kubectl', ['patch', 'widget', 'first', '-n', stage.namespace, '--type=merge', '-p', patch]);
  }
});
