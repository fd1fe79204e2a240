/** ClusterOperators as text. Pure. */
import type { Instant } from '../../cluster/clock.ts';
import { fieldAt, listOf, mapOf, textOf } from '../../objects/fields.ts';
import { describeRef, idOf, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { inventoryOf } from '../../resource/status/inventory.ts';
import { duration } from '../../teardown/blockers.ts';
import { type Entry, Ledger } from '../delete/ledger.ts';
import { insideOf, type ReportedTeardown } from '../delete/reported-teardown.ts';

/** One line for each, as `kubectl get clusteroperators.bookend.dev` has it. */
export function listLines(operators: readonly KubernetesObject[], now: Instant): string[] {
  if (operators.length === 0) return ['There is no ClusterOperator.'];
  const rows = operators.map((operator) => {
    const { phase, progress, blocker } = summary(operator);
    return [operator.metadata.name, phase, progress, age(operator, now), blocker];
  });
  return table([['NAME', 'PHASE', 'PROGRESS', 'AGE', 'WAITS FOR'], ...rows]);
}

/** One ClusterOperator that is not being taken down: its phase, conditions and what it installed. */
export function detailLines(operator: KubernetesObject, now: Instant): string[] {
  const { phase, progress, blocker } = summary(operator);
  const conditions = listOf(fieldAt(operator, 'status', 'conditions')).map(mapOf);
  const inventory = inventoryOf(operator.status);
  return [
    `ClusterOperator ${operator.metadata.name}: ${phase || 'not processed by the operator yet'} ${progress}, ${age(operator, now)} old`.trimEnd(),
    ...(blocker ? [`waits for ${blocker}`] : []),
    ...table(
      conditions.map(({ type, status, reason, message }) => [
        '',
        String(type),
        String(status),
        String(reason),
        String(message ?? ''),
      ]),
    ),
    ...(inventory.length > 0 ? ['installed:'] : []),
    ...table(inventory.map((item) => ['', describeRef(item), item.component ?? ''])),
  ];
}

/** The objects of a ClusterOperator that is being taken down, in the order in which they go, itself last. */
export function teardownEntries(operator: KubernetesObject, now: Instant): Entry[] {
  const ledger = new Ledger();
  const id = idOf(operator);
  const inside = insideOf(operator);
  const plan = { steps: [{ id, ref: refOf(operator), mode: 'delete' as const, after: [] }] };
  const since = Date.parse(operator.metadata.deletionTimestamp ?? '');
  const state = { id, state: 'Deleting' as const, ...(!Number.isNaN(since) && { since }) };
  ledger.record(plan, { states: [state] }, new Map([[id, inside]]), now);
  return ledger.entries();
}

/** The document of `-o json`: what a program wants, without the manifests. */
export function documentOf(operator: KubernetesObject) {
  const { phase, progress, blocker } = summary(operator);
  const { objects, failedHooks, notSeen } = insideOf(operator);
  return {
    name: operator.metadata.name,
    phase,
    progress,
    ...(blocker && { blocker }),
    deleting: operator.metadata.deletionTimestamp !== undefined,
    conditions: listOf(fieldAt(operator, 'status', 'conditions')),
    inventory: inventoryOf(operator.status),
    ...(objects.length > 0 && {
      teardown: {
        startedAt: fieldAt(operator, 'status', 'teardown', 'startedAt'),
        objects: objects.map(documentOfObject),
        failedPreStopHooks: failedHooks,
        notSeen,
      },
    }),
  };
}

function documentOfObject({ id, state, since, blocker }: ReportedTeardown['objects'][number]) {
  return {
    object: id,
    state,
    ...(since !== undefined && { since: `${new Date(since).toISOString().slice(0, 19)}Z` }),
    ...(blocker && { blocker: blocker.text, reason: blocker.reason, waitsFor: blocker.object }),
  };
}

function summary(operator: KubernetesObject): { phase: string; progress: string; blocker: string } {
  const { phase, progress, blocker } = mapOf(operator.status);
  const isDeleted = operator.metadata.deletionTimestamp !== undefined;
  return {
    phase: textOf(phase) ?? '',
    progress: textOf(progress) ?? '',
    blocker: textOf(blocker) ?? (isDeleted ? (insideOf(operator).blocker?.text ?? '') : ''),
  };
}

function age({ metadata }: KubernetesObject, now: Instant): string {
  const created = Date.parse(metadata.creationTimestamp ?? '');
  return Number.isNaN(created) ? '' : duration(now - created);
}

/** Columns as wide as their longest cell, without borders, as kubectl prints them. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
