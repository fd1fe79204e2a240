/** The end of the demo: both uninstalls beside each other, as a table for people. */
import type { NaiveResult } from './naive.ts';
import type { OrderedResult } from './ordered.ts';

const left = 30;
const column = 44;

export function sideBySide({ naive, ordered }: { naive: NaiveResult; ordered: OrderedResult }): string {
  const rows: [string, string[], string[]][] = [
    ['', ['helm uninstall, naive chart'], ['helm uninstall, with Bookend']],
    ['failed preStop hooks', [String(naive.failedPreStopHooks)], [String(ordered.failedPreStopHooks)]],
    ['left behind', orNothing(naive.residue), orNothing(ordered.residue)],
    ['helm uninstall took', [seconds(naive.uninstallMs)], [seconds(ordered.uninstallMs)]],
    [
      'of it the teardown',
      ['(it did not wait for the Pods)'],
      [`${seconds(ordered.teardownMs)}, critical path ${seconds(ordered.criticalPathMs)}`],
    ],
    ['order', ['roles and bindings, then the Pods'], ordered.order.map(short)],
  ];
  return `\n${rows.map(row).join('\n')}\n`;
}

function row([title, a, b]: [string, string[], string[]]): string {
  const lines = Math.max(a.length, b.length);
  return Array.from({ length: lines }, (_, at) =>
    `${(at === 0 ? title : '').padEnd(left)}${(a[at] ?? '').padEnd(column)}${b[at] ?? ''}`.trimEnd(),
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
