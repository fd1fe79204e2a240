/**
 * The kubectl calls of a shell script, as its syntax tree shows them: in conditions, loops, pipelines, substitutions
 * and scripts within. What is put together at run time is not guessed.
 */
import {
  type AndOr,
  type Command,
  type For,
  forEachChild,
  type Pipeline,
  type PipelineNode,
  parse,
  type Redirect,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { type KubectlLine, kubectlLine } from './kubectl-line.ts';
import { isKnown, ShellVariables } from './shell-variables.ts';

export type KubectlCall = KubectlLine & {
  /** The whole command, for people. */
  text: string;
  /** Its errors are thrown away and its output is counted or tested: a refusal looks like "nothing there". */
  hidesRefusal: boolean;
  /** Its failure does not end the script: `|| true`, the condition of an `if`, all but the last of a pipeline. */
  mayFail: boolean;
  /** With `&`, and no `wait` comes after it: the script does not wait for its end. */
  isInBackground?: true;
  /** It runs only where a look before it has found the object: `if kubectl get …; then kubectl delete …`. */
  isAfterLook?: true;
  /** All words behind `kubectl`, where a shell has nothing left to expand in them: names mean what they say. */
  words?: readonly string[];
};

/** A call of exactly these words, as a person types it. Undefined where they name no verb. */
export function callOfWords(words: readonly string[]): (KubectlCall & { words: readonly string[] }) | undefined {
  const line = kubectlLine(words);
  // Names are no flags, whatever stands in them.
  const operands = new Set(
    line === undefined
      ? []
      : [...line.names, ...line.types.flatMap((type) => line.names.map((name) => `${type}/${name}`)), ...(line.marks ?? [])],
  );
  const text = ['kubectl', ...words.filter((word) => !operands.has(word))].join(' ');
  return line && { ...line, text, hidesRefusal: false, mayFail: false, words };
}

export function kubectlCalls(script: string): KubectlCall[] {
  return callsIn(script.replaceAll(/\\\r?\n/g, ' '), { isIgnored: false, isTested: false });
}

/** Where a command stands. */
type Place = {
  /** Nobody asks how it ended. */
  isIgnored: boolean;
  /** Its output or its end decides what comes next. */
  isTested: boolean;
  /** The program that its output goes to. */
  pipedInto?: string | undefined;
  /** It is what a loop waits for: the loop ends when it succeeds (`until`), or fails (`while`). */
  endsLoopOn?: 'success' | 'failure' | undefined;
};

function callsIn(source: string, place: Place): KubectlCall[] {
  const hasPipefail = /\bset\b[^\n;]*\bpipefail\b/.test(source);
  const variables = new ShellVariables();
  const script = parse(source);
  const lastWait = lastWaitIn(script);
  return walk(script, place);

  function walk(node: SyntaxNode, at: Place): KubectlCall[] {
    switch (node.type) {
      case 'Statement':
        return node.background ? inBackground(node, at) : within(node, at);
      case 'Command':
        return ofCommand(node, at);
      case 'Pipeline':
        return ofPipeline(node, at);
      case 'AndOr':
        return ofAndOr(node, at);
      case 'If':
      case 'Elif':
      case 'While': {
        const endsLoopOn = node.type !== 'While' ? undefined : node.kind === 'until' ? 'success' : 'failure';
        return afterLook(
          variables.perhaps(() =>
            within(node, at, (child) => (child === node.clause ? { isIgnored: true, isTested: true, endsLoopOn } : at)),
          ),
        );
      }
      case 'Case':
      case 'Function':
        return variables.perhaps(() => within(node, at));
      case 'For':
        return ofLoop(node, at);
      case 'CommandExpansion':
        return node.script ? walk(node.script, { isIgnored: at.isIgnored, isTested: true }) : [];
      default:
        return within(node, at);
    }
  }

  /** How it ends is not asked, unless the `wait` that comes later does: then it is taken to. */
  function inBackground(statement: Statement, at: Place): KubectlCall[] {
    const isAwaited = statement.end <= lastWait;
    const found = within(statement, isAwaited ? at : { ...at, isIgnored: true });
    return isAwaited ? found : found.map((call) => ({ ...call, isInBackground: true }));
  }

  /** What a substitution ends with counts only where it is all that there is: `names=$(kubectl …)`. */
  function ofCommand(command: Command, at: Place): KubectlCall[] {
    const { name, prefix, args } = command;
    const inside = name === undefined ? at : { ...at, isIgnored: true };
    const found = [...callsOf(command, source, at, variables), ...within(command, inside)];
    const assigned = name === undefined ? prefix : declaring.test(name.value) ? args : [];
    for (const each of assigned) if (each.type === 'Assignment') variables.assign(each);
    return found;
  }

  function ofAndOr({ commands, operators }: AndOr, at: Place): KubectlCall[] {
    const found = commands.flatMap((each, index) => {
      const isForgiven = operators.some(
        (operator, after) => operator === '||' && after >= index && isHarmless(commands[after + 1], source),
      );
      return walk(each, { ...at, isIgnored: at.isIgnored || isForgiven });
    });
    return operators.every((operator) => operator === '&&') ? afterLook(found) : found;
  }

  /** Once for each word, where all of them stand in the script. */
  function ofLoop({ name, wordlist = [], body }: For, at: Place): KubectlCall[] {
    const inList = wordlist.flatMap((word) => walk(word, { ...at, isIgnored: true }));
    const words = wordlist.flatMap((word) => variables.expand(word));
    const rounds = words.length > 0 && words.length <= mostRounds && words.every(isKnown) ? words : ['$'];
    const inBody = rounds.flatMap((word) => {
      variables.set(name.value, word);
      return variables.perhaps(() => walk(body, at));
    });
    variables.forget(name.value);
    return [...inList, ...inBody];
  }

  function ofPipeline({ commands, prefixes }: Pipeline, at: Place): KubectlCall[] {
    const isNegated = prefixes.some(({ type }) => type === 'Negation');
    const opposite = at.endsLoopOn === 'success' ? 'failure' : 'success';
    return commands.flatMap((each, index) => {
      const next = commands[index + 1];
      return walk(each, {
        isIgnored: at.isIgnored || isNegated || (next !== undefined && !hasPipefail),
        isTested: at.isTested || isNegated,
        endsLoopOn: at.endsLoopOn && isNegated ? opposite : at.endsLoopOn,
        pipedInto: next?.type === 'Command' ? next.name?.value : undefined,
      });
    });
  }

  function within(node: SyntaxNode, at: Place, placeOf: (child: SyntaxNode) => Place = () => at): KubectlCall[] {
    const found: KubectlCall[] = [];
    forEachChild(node, (child) => {
      found.push(...walk(child, placeOf(child)));
    });
    return found;
  }
}

/**
 * Where the script last waits for what runs in the background, or looks whether it still runs; -1 where it never does.
 */
function lastWaitIn(node: SyntaxNode): number {
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
function isHarmless(node: PipelineNode | undefined, source: string): boolean {
  return node !== undefined && /^(true|:|echo|exit 0)(\s|$)/.test(source.slice(node.pos, node.end));
}

function callsOf(command: Command, source: string, place: Place, variables: ShellVariables): KubectlCall[] {
  const words = [command.name, ...command.args].filter((word) => word?.type === 'Word');
  const [first] = words;
  if (first === undefined || printing.test(first.value)) return [];
  const at = words.findIndex(({ value }) => isKubectl.test(value));
  const program = words[at];
  if (program === undefined) return scriptsIn(words).flatMap((script) => callsIn(script, place));
  const line = kubectlLine(words.slice(at + 1).flatMap((word) => variables.expand(word)));
  if (line === undefined) return [];
  const text = `kubectl ${source.slice(program.end, command.end).trim()}`;
  return [{ ...line, text, hidesRefusal: line.verb === 'get' && hides(command.redirects, place), mayFail: place.isIgnored }];
}

/** Deletions by name behind a `get` of the same. */
function afterLook(calls: readonly KubectlCall[]): KubectlCall[] {
  const key = ({ types, names, namespace }: KubectlCall) => JSON.stringify([types, names, namespace]);
  const seen = new Set<string>();
  return calls.map((call) => {
    if (call.verb === 'get') seen.add(key(call));
    return call.verb === 'delete' && call.names.length > 0 && seen.has(key(call)) ? { ...call, isAfterLook: true } : call;
  });
}

/** A loop over more words than this is read once. */
const mostRounds = 100;
const declaring = /^(export|local|readonly|declare)$/;
const isKubectl = /^(\/[\w./-]*\/)?(kubectl|oc|\$\{?KUBECTL\}?)$/;
const printing = /^(echo|printf|log|cat)$/;

/** The text behind `sh -c` or `eval`, inside of another script. What it takes from substitutions is read there. */
function scriptsIn(words: readonly Word[]): string[] {
  const shell = words.findIndex(({ value }) => /^(\/\S*\/)?((ba|da|a|z|k)?sh|eval)$/.test(value));
  if (shell < 0) return [];
  return words.slice(shell + 1).flatMap(({ value, text }) => (/\s/.test(value) && !text.includes('$(') ? [value] : []));
}

/**
 * `$(kubectl get … 2>/dev/null | wc -l)`, `if ! kubectl get … &>/dev/null`, `[ -z "$(kubectl get … 2>/dev/null)" ]`.
 */
function hides(redirects: readonly Redirection[], { isTested, pipedInto, endsLoopOn }: Place): boolean {
  // A refusal is no success, and `grep` finds nothing in it: the loop goes on.
  if (endsLoopOn === 'success' && (pipedInto ?? 'grep') === 'grep') return false;
  const isGone = redirects.some(
    (each) => each.type === 'Redirect' && each.target?.value === '/dev/null' && (isOfErrors(each) || /^&>/.test(each.operator)),
  );
  const isMixed = redirects.some((each) => each.type === 'Redirect' && each.operator === '>&' && isOfErrors(each));
  if ((isGone || isMixed) && /^(wc|grep|jq|awk|head)$/.test(pipedInto ?? '')) return true;
  const isOutputGone = redirects.some((each) => each.type === 'Redirect' && each.target?.value === '/dev/null');
  return isTested && (isGone || (isMixed && isOutputGone));
}

function isOfErrors({ descriptor }: Redirect): boolean {
  return descriptor?.type === 'FileDescriptor' && descriptor.value === 2;
}
