/** The end of the demo: the uninstalls beside each other, as a table for people. */
import type { NaiveResult } from './naive.ts';
import type { OrderedResult } from './ordered.ts';
import type { UninstalledResult } from './uninstalled.ts';

const left = 24;
const column = 44;

type Columns = { naive: NaiveResult; uninstall?: UninstalledResult; ordered: OrderedResult };

export function sideBySide({ naive, uninstall, ordered }: Columns): string {
  const third = (cells: (result: UninstalledResult) => string[]) => (uninstall ? [cells(uninstall)] : []);
  const rows: [title: string, ...cells: string[][]][] = [
    [
      '',
      ['helm uninstall, naive chart'],
      ...third(() => ['bookend uninstall, the same chart']),
      ['helm uninstall, with Bookend'],
    ],
    [
      'failed preStop hooks',
      [String(naive.failedPreStopHooks)],
      ...third((result) => [String(result.failedPreStopHooks)]),
      [String(ordered.failedPreStopHooks)],
    ],
    ['left behind', orNothing(naive.residue), ...third(({ residue }) => orNothing(residue)), orNothing(ordered.residue)],
    [
      'uninstall took',
      [seconds(naive.uninstallMs)],
      ...third((result) => [seconds(result.uninstallMs)]),
      [seconds(ordered.uninstallMs)],
    ],
    [
      'of it the teardown',
      ['(it did not wait for the Pods)'],
      ...third(() => ['']),
      [`${seconds(ordered.teardownMs)}, critical path ${seconds(ordered.criticalPathMs)}`],
    ],
    ['order', ['roles and bindings, then the Pods'], ...third(({ order }) => order.map(short)), ordered.order.map(short)],
  ];
  return `\n${rows.map(row).join('\n')}\n`;
}

function row([title, ...cells]: [title: string, ...cells: string[][]]): string {
  const lines = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: lines }, (_, at) =>
    `${(at === 0 ? title : '').padEnd(left)}${cells.map((cell) => (cell[at] ?? '').padEnd(column)).join('')}`.trimEnd(),
  ).join('\n');
}

function orNothing(list: string[]): string[] {
  return list.length > 0 ? list.map(short) : ['nothing'];
}

/** `ClusterRole.rbac.authorization.k8s.io/x` → `ClusterRole/x` */
function short(id: string): string {
  return id.replace(/\b([A-Z][A-Za-z]+)\.[a-z0-9.-]+\//, '$1/');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
