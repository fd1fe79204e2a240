/** What the syntax tree of a shell script says about its commands, whatever they are. */
import { type Command, forEachChild, type PipelineNode, type SyntaxNode, type Word } from 'unbash';

/**
 * Where the script last waits for what runs in the background, or looks whether it still runs; -1 where it never does.
 */
export function lastWaitIn(node: SyntaxNode): number {
  let last = -1;
  if (node.type === 'Command') {
    const [first] = node.args;
    const asks = node.name?.value === 'kill' && first?.type === 'Word' && first.value === '-0';
    if (asks || /^(wait|fg|jobs)$/.test(node.name?.value ?? '')) last = node.pos;
  }
  forEachChild(node, (child) => {
    last = Math.max(last, lastWaitIn(child));
  });
  return last;
}

/** Whatever went wrong before, the script goes on as if nothing had. */
export function isHarmless(node: PipelineNode | undefined, source: string): boolean {
  return node !== undefined && /^(true|:|echo|exit 0)(\s|$)/.test(source.slice(node.pos, node.end));
}

export function wordsOf({ name, args }: Command): Word[] {
  return [name, ...args].filter((word) => word?.type === 'Word');
}

/** Nothing comes after them; `exec` without a program only redirects. */
export function endedBy({ name, args }: Command): 'function' | 'script' | undefined {
  if (name?.value === 'exit' || (name?.value === 'exec' && args.length > 0)) return 'script';
  return name?.value === 'return' ? 'function' : undefined;
}

/** `set +e`, `set -eu`, `set +o errexit`. */
export function goesOnAfter({ name, args }: Command): boolean | undefined {
  if (name?.value !== 'set') return undefined;
  const flags = args.map((each) => (each.type === 'Word' ? each.value : '')).join(' ');
  const [, sign] = /(?:^|\s)([-+])(?:[a-df-z]*e[a-z]*(?:\s|$)|o errexit)/.exec(flags) ?? [];
  return sign === undefined ? undefined : sign === '+';
}

/** What a script runs, and all of its words: a function that is in neither is never called. */
export function namesIn(script: SyntaxNode): { commands: ReadonlySet<string>; words: ReadonlySet<string> } {
  const commands = new Set<string>();
  const words = new Set<string>();
  const look = (node: SyntaxNode): void => {
    if (node.type === 'Command' && node.name) commands.add(node.name.value);
    if (node.type === 'Word') for (const word of node.value.split(/[\s;&|]+/)) words.add(word);
    // A definition names no call of itself.
    forEachChild(node, (child) => {
      if (node.type !== 'Function' || child !== node.name) look(child);
    });
  };
  look(script);
  return { commands, words };
}
