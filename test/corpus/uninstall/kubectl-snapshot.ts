/**
 * Everything that kubectl shows of a cluster, by UID: what receipts are compared with. It shares no code with the
 * snapshots of receipts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../../tools/lab/lab.ts';
import { until } from '../../../tools/lab/observe.ts';
import { belongs } from '../reality.ts';
import { groupSuffix, prefix } from '../set-up.ts';
import type { Place } from '../situation.ts';

export type Shown = {
  /** As receipts write identities: `Deployment.apps/shop/web`. */
  id: string;
  uid: string;
  terminating: boolean;
  /** UIDs. */
  owners: readonly string[];
  labels: Readonly<Record<string, string>>;
};

export type ShownCluster = {
  objects: ReadonlyMap<string, Shown>;
  /** What kubectl complained of: then not everything is shown. */
  complaints: readonly string[];
};

type Listed = {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    deletionTimestamp?: string;
    ownerReferences?: { uid: string }[];
    labels?: Record<string, string>;
  };
};

/** @param place other situations, which may be played at the same time, are left out */
export async function kubectlSnapshot(lab: Lab, place: Place): Promise<ShownCluster> {
  // What kubectl remembers of the kinds of a minute ago is no snapshot.
  const cache = mkdtempSync(join(tmpdir(), 'bookend-kubectl-'));
  try {
    const flags = [`--cache-dir=${cache}`];
    const read = async () => {
      const kinds = await lab.attempt('kubectl', ['api-resources', '--verbs=list', '-o', 'name', ...flags]);
      const names = kinds.stdout.split('\n').filter((name) => name !== '' && !restless.test(name));
      const got = await lab.attempt('kubectl', ['get', names.join(','), '-A', '-o', 'json', ...flags]);
      // A kind that goes in between makes kubectl show nothing.
      return got.stdout.trim() === '' ? undefined : { kinds, got };
    };
    const { kinds, got } = await until('kubectl to show the cluster', read);
    const { items = [] } = JSON.parse(got.stdout) as { items?: Listed[] };
    const shown = items.flatMap((item) => {
      const { uid } = item.metadata;
      const shown = uid === undefined ? undefined : shownAs(item, uid);
      return shown === undefined || isOfOtherPlace(shown.id, place) ? [] : [[shown.uid, shown] as const];
    });
    const complaints = `${kinds.stderr}\n${got.stderr}`.split('\n').filter((line) => line.trim() !== '');
    return { objects: new Map(shown), complaints };
  } finally {
    rmSync(cache, { recursive: true });
  }
}

function isOfOtherPlace(id: string, place: Place): boolean {
  return (id.includes(prefix) || id.includes(groupSuffix)) && !belongs(id, place);
}

/** Come and go by themselves, or are shown by another name too. */
const restless = /^(events(\.events\.k8s\.io)?|componentstatuses|endpoints|.*\.metrics\.k8s\.io)$/;

function shownAs({ apiVersion, kind, metadata }: Listed, uid: string): Shown {
  const { name, namespace, deletionTimestamp, ownerReferences = [], labels = {} } = metadata;
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  return {
    id: [group ? `${kind}.${group}` : kind, ...(namespace === undefined ? [] : [namespace]), name].join('/'),
    uid,
    terminating: deletionTimestamp !== undefined,
    owners: ownerReferences.map((owner) => owner.uid),
    labels,
  };
}
