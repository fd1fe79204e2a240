/**
 * A release of the naive chart of the examples, in a namespace of its own: its agent sets a label on its Node, and
 * takes it off when it stops, if it still may.
 */
import { join } from 'node:path';
import { type HelmVersion, type Lab, root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { useLab } from '../use-lab.ts';
import { freshNamespace } from './support.ts';

export const naiveChart = join(root, 'examples', 'node-agent', 'naive');

export type NaiveRelease = {
  opened(): Lab;
  /** How many Nodes have the label. */
  labelled(): Promise<number>;
  /** Installs it, and waits for the label. */
  install(helm: HelmVersion): Promise<void>;
};

/** Call it inside of `describe`. @param name of the release and of its namespace */
export function useNaiveRelease(name: string, label: string): NaiveRelease {
  /** Only what these tests make: others may use the same cluster. */
  const tidy = async (lab: Lab) => {
    await lab.attempt('helm4', ['uninstall', name, '-n', name, '--wait', '--no-hooks']);
    await lab.run('kubectl', ['delete', 'namespace', name, '--ignore-not-found', '--timeout=60s']);
    await lab.run('kubectl', ['label', 'nodes', '--all', `${label}-`]);
  };
  const prepare = async (lab: Lab) => {
    await tidy(lab);
    await freshNamespace(lab, name);
  };
  const opened = useLab({ prepare, repair: prepare, finish: tidy });
  const labelled = async () =>
    (await opened().cluster.list({ apiVersion: 'v1', kind: 'Node', labelSelector: label, metadataOnly: true })).items.length;
  return {
    opened,
    labelled,
    install: async (helm) => {
      await opened().run(helm, ['install', name, naiveChart, '-n', name, '--wait', '--set', `label=${label}`]);
      await until('the agent to label its node', async () => (await labelled()) > 0);
    },
  };
}
