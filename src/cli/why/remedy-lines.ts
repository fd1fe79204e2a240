/**
 * Remedies as lines of text: first what only shows something, then what cures, numbered where there is a choice. Pure.
 */
import type { Remedy } from '../../remedies/remedy.ts';
import { playedText, stepTexts } from '../../remedies/remedy-text.ts';
import type { Colours } from '../terminal.ts';

export function remedyLines(remedies: readonly Remedy[], colours: Colours): string[] {
  const looks = remedies.filter(({ played }) => played.result === 'shows');
  const cures = remedies.filter(({ played }) => played.result !== 'shows');
  return [
    ...looks.flatMap((remedy) => [...steps(remedy, colours), `  ${colours.dim(remedy.says)}`]),
    ...cures.flatMap((remedy, index) => {
      const [number, indent] = cures.length > 1 ? [`${index + 1}. `, '   '] : ['', ''];
      return [`${number}${remedy.says}`, ...body(remedy, colours).map((line) => `${indent}${line}`)];
    }),
  ];
}

function body(remedy: Remedy, colours: Colours): string[] {
  const doubt = playedText(remedy.played);
  return [
    ...steps(remedy, colours),
    `  loses ${remedy.loses ?? 'nothing'}`,
    ...(doubt === undefined ? [] : [`  ${colours.yellow(doubt)}`]),
  ];
}

function steps(remedy: Remedy, colours: Colours): string[] {
  return stepTexts(remedy.steps).map(({ text, code }) => `→ ${code ? colours.cyan(text) : text}`);
}
