/** The same uninstall with Bookend, beside the one that was asked for. */
import type { Preview } from '../../document.ts';
import type { Colours } from '../colours.ts';
import { comparisonOf } from '../comparison.ts';

export function comparisonText(preview: Preview, width: number, { bold }: Colours): string[] {
  const comparison = comparisonOf(preview);
  if (!comparison) return [];
  const { rows, columns } = comparison;
  const first = Math.max(...rows.map(([name]) => name.length));
  const each = Math.max(12, Math.floor((width - first - 6) / 2));
  const line = (name: string, a: string, b: string) => `  ${name.padEnd(first)}  ${a.padEnd(each)}  ${b}`.trimEnd();
  return [bold('Same uninstall with Bookend:'), line('', ...columns), ...rows.map(([name, a, b]) => line(name, a, b))];
}
