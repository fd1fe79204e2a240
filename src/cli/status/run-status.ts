/** Runs `bookend status`. */

import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { clusterOperatorKind } from '../../resource/cluster-operator.ts';
import { type GlobalFlags, outputFormat } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { frame } from '../live-view.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { detailLines, documentOf, listLines, teardownEntries } from './view.ts';
import { watchStatus } from './watch-status.ts';

/** @throws BookendError `not-found` for a name that does not exist, or a cluster without Bookend */
export async function runStatus(name: string | undefined, flags: StatusFlags, invocation: Invocation): Promise<ExitCode> {
  const format = outputFormat(flags, ['text', 'json']);
  const { clock, out } = invocation;
  if (flags.watch && (name === undefined || format === 'json')) {
    throw new BookendError('bad-input', '--watch needs the name of a ClusterOperator, and text output', {
      field: '--watch',
      advice: 'Give the name, and omit -o json.',
    });
  }
  const { cluster } = await invocation.connect(flags);
  try {
    if (name === undefined) {
      const { items } = await listed(cluster);
      if (format === 'json') await outJson(items.map(documentOf), invocation);
      else out(asLines(listLines(items, clock.now())));
      return 0;
    }
    const operator = await existing(cluster, name);
    if (flags.watch) return await watchStatus(cluster, operator, invocation);
    if (format === 'json') await outJson(documentOf(operator), invocation);
    else out(asLines(linesOf(operator, invocation)));
    return 0;
  } finally {
    await cluster.close();
  }
}

/** One ClusterOperator as text. */
function linesOf(operator: KubernetesObject, { clock, size }: Pick<Invocation, 'clock' | 'size'>): string[] {
  const now = clock.now();
  const { deletionTimestamp } = operator.metadata;
  if (deletionTimestamp === undefined) return detailLines(operator, now);
  const entries = teardownEntries(operator, now);
  return frame(entries, now, Date.parse(deletionTimestamp), { columns: size().columns, rows: entries.length + 3 });
}

async function listed(cluster: Cluster): Promise<{ items: KubernetesObject[] }> {
  try {
    return await cluster.list(clusterOperatorKind);
  } catch (error) {
    throw withoutBookend(error);
  }
}

async function existing(cluster: Cluster, name: string): Promise<KubernetesObject> {
  let operator: KubernetesObject | undefined;
  try {
    operator = await cluster.get({ ...clusterOperatorKind, name });
  } catch (error) {
    throw withoutBookend(error);
  }
  if (operator) return operator;
  throw new BookendError('not-found', `ClusterOperator ${name} does not exist`, { object: `ClusterOperator ${name}` });
}

function withoutBookend(error: unknown): unknown {
  if (!isCode(error, 'not-found')) return error;
  return new BookendError('not-found', 'this cluster does not serve ClusterOperators', {
    advice: 'Install the chart bookend first, or check the kubectl context.',
    cause: error,
  });
}

export type StatusFlags = GlobalFlags & { watch?: boolean };
