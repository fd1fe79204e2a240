/**
 * What a hook's Pod runs, as far as its manifest says it: kubectl calls of a shell script, or Bookend's own
 * `delete --targets`. Everything else is a program that nobody can read; it is taken to succeed.
 */
import type { World } from '../graph/edge.ts';
import { fieldAt, listOf, mapOf, textOf, textsOf } from '../objects/fields.ts';
import { type KubectlCall, kubectlCalls } from './kubectl-calls.ts';
import { scriptsOf } from './shell.ts';

export type BookendTarget = { kind: string; names?: string[]; selector?: string; namespace?: string };

export type HookProgram =
  | { what: 'kubectl'; calls: KubectlCall[] /** The first failure ends it: `set -e`, `sh -ec`, `&&`. */; stopsAtFailure: boolean }
  | {
      what: 'bookend';
      targets: BookendTarget[] /** Whether each target is gone before the next begins. */;
      order: 'listed' | 'needs';
    }
  /** It never ends by itself: `sleep infinity`, `tail -f`. */
  | { what: 'endless' /** What comes after it never runs. */; isFirst: boolean };

/** One for each container that can be read, in the order in which they run. */
export function programsOf(podSpec: Readonly<Record<string, unknown>>, namespace: string, world: World): HookProgram[] {
  const first = listOf(podSpec.initContainers);
  return [...first, ...listOf(podSpec.containers)].flatMap((container, index): HookProgram[] => {
    const words = [...textsOf(fieldAt(container, 'command')), ...textsOf(fieldAt(container, 'args'))];
    const targets = bookendTargets(words);
    if (targets) return [{ what: 'bookend', targets, order: orderIn(words) }];
    const alone = { ...podSpec, initContainers: [], containers: [container] };
    const texts = scriptsOf(alone, 'spec', namespace, world).map(({ text }) => text);
    const calls = texts.flatMap(kubectlCalls);
    const isFirst = index < first.length;
    // A native sidecar ends with the Pod.
    const isSidecar = isFirst && fieldAt(container, 'restartPolicy') === 'Always';
    if (calls.length === 0) return !isSidecar && texts.some(isEndless) ? [{ what: 'endless', isFirst }] : [];
    const shellStops = words.some((word) => /^-[a-z]*e[a-z]*$/.test(word));
    const stopsAtFailure = shellStops || texts.some((text) => /\bset\s+-[a-z]*e|&&/.test(text)) || calls.length === 1;
    return [{ what: 'kubectl', calls, stopsAtFailure }];
  });
}

/** The one command of a script, or its last. */
function isEndless(text: string): boolean {
  return /(^|[\n;]\s*|&&\s*)(exec\s+)?(\/[\w/]*\/)?(sleep\s+(infinity|inf)|tail\s+-[fF]\s+\/dev\/null)\s*;?\s*$/.test(text);
}

function orderIn(words: readonly string[]): 'listed' | 'needs' {
  return flagIn(words, '--order')?.toLowerCase() === 'needs' ? 'needs' : 'listed';
}

/** `--flag value` or `--flag=value` */
function flagIn(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at >= 0 ? words[at + 1] : words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

function bookendTargets(words: readonly string[]): BookendTarget[] | undefined {
  const text = flagIn(words, '--targets');
  if (text === undefined || !words.includes('delete')) return undefined;
  try {
    return listOf(JSON.parse(text)).map(mapOf).map(targetOf);
  } catch {
    return undefined; // Whatever it is, it is not Bookend's.
  }
}

function targetOf(target: Record<string, unknown>): BookendTarget {
  const names = textsOf(target.names);
  const selector = textOf(target.selector);
  const namespace = textOf(target.namespace);
  return {
    kind: textOf(target.kind) ?? '',
    ...(names.length > 0 && { names }),
    ...(selector !== undefined && { selector }),
    ...(namespace !== undefined && { namespace }),
  };
}
