/**
 * Prints changes as `diff -u` does, for `patch`. It compares nothing, because the changes of the text are known.
 */
import { inOrder, lineStart, nextLine, type Splice, spliced } from './edit/splice.ts';

/** Lines of the old text, and what stands in their place. */
type Block = { at: number; before: string[]; after: string[] };

const contextLines = 3;

/** Lines with their ends; none when nothing changes. */
export function unifiedDiff(file: string, text: string, splices: readonly Splice[]): string[] {
  const lines = linesOf(text);
  const hunks = hunksOf(blocksOf(text, splices));
  let shift = 0;
  const body = hunks.flatMap((blocks) => {
    const [first, last] = [blocks[0] as Block, blocks.at(-1) as Block];
    const start = Math.max(0, first.at - contextLines);
    const end = Math.min(lines.length, last.at + last.before.length + contextLines);
    const printed: string[] = [];
    let at = start;
    for (const block of blocks) {
      printed.push(...lines.slice(at, block.at).map((line) => ` ${line}`));
      printed.push(...block.before.map((line) => `-${line}`), ...block.after.map((line) => `+${line}`));
      at = block.at + block.before.length;
    }
    printed.push(...lines.slice(at, end).map((line) => ` ${line}`));
    const count = end - start;
    const added = blocks.reduce((sum, { before, after }) => sum + after.length - before.length, 0);
    const head = `@@ -${range(start, count)} +${range(start + shift, count + added)} @@\n`;
    shift += added;
    return [head, ...printed.flatMap((line) => (line.endsWith('\n') ? [line] : [`${line}\n`, '\\ No newline at end of file\n']))];
  });
  return body.length === 0 ? [] : [`--- ${file}\n`, `+++ ${file}\n`, ...body];
}

/** Whole lines, those that both have at the beginning and the end left out. */
function blocksOf(text: string, splices: readonly Splice[]): Block[] {
  const groups: { start: number; end: number; splices: Splice[] }[] = [];
  for (const splice of inOrder(splices)) {
    const [start, end] = [lineStart(text, splice.start), nextLine(text, splice.end)];
    const last = groups.at(-1);
    if (last && start <= last.end) {
      last.end = Math.max(last.end, end);
      last.splices.push(splice);
    } else groups.push({ start, end, splices: [splice] });
  }
  let [counted, above] = [0, 0];
  return groups.flatMap(({ start, end, splices: own }) => {
    above += linesOf(text.slice(counted, start)).length;
    counted = start;
    const moved = own.map((splice) => ({ ...splice, start: splice.start - start, end: splice.end - start }));
    const [before, after] = [text.slice(start, end), spliced(text.slice(start, end), moved)].map(linesOf) as [string[], string[]];
    let same = 0;
    while (same < Math.min(before.length, after.length) && before[same] === after[same]) same++;
    while (before.length > same && after.length > same && before.at(-1) === after.at(-1)) {
      before.pop();
      after.pop();
    }
    const at = above + same;
    const block = { at, before: before.slice(same), after: after.slice(same) };
    return block.before.length + block.after.length > 0 ? [block] : [];
  });
}

/** Changes whose surroundings touch are shown together. */
function hunksOf(blocks: readonly Block[]): Block[][] {
  const hunks: Block[][] = [];
  for (const block of blocks) {
    const last = hunks.at(-1)?.at(-1);
    if (last && block.at - (last.at + last.before.length) <= 2 * contextLines) hunks.at(-1)?.push(block);
    else hunks.push([block]);
  }
  return hunks;
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Counted from 1; the line before when there is none. */
function range(start: number, count: number): string {
  return count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`;
}
