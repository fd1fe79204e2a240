/**
 * The kubectl calls of a shell script, as its syntax tree shows them: in conditions, loops, pipelines, substitutions
 * and scripts within. What is put together at run time is not guessed.
 */
import {
  type AndOr,
  type Case,
  type CaseItem,
  type Command,
  type For,
  forEachChild,
  type If,
  type Pipeline,
  parse,
  type Redirect,
  type Redirection,
  type Function as ShellFunction,
  type Statement,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { type KubectlLine, kubectlLine } from './kubectl-line.ts';
import { endOf, knownWord, runsAfter } from './shell-conditions.ts';
import { endedBy, goesOnAfter, isHarmless, lastWaitIn, namesIn, wordsOf } from './shell-syntax.ts';
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
  return new ScriptWalk(source).calls(place);
}

/** One reading of a script, command by command, as far as the shell would come. */
class ScriptWalk {
  readonly #source: string;
  readonly #script: SyntaxNode;
  readonly #hasPipefail: boolean;
  readonly #lastWait: number;
  readonly #named: ReturnType<typeof namesIn>;
  readonly #variables = new ShellVariables();
  readonly #functions = new Map<string, ShellFunction>();
  /** How many of the places around may or may not be reached. */
  #doubts = 0;
  /** Of calls of functions. */
  #depth = 0;
  /** Nothing that comes now is reached: behind `exit`, or `return` of a function. */
  #over: 'function' | 'script' | undefined;
  /** Behind `set +e`: a failure does not end the script. */
  #goesOn = false;
  readonly #forgiven = new Set<KubectlCall>();

  constructor(source: string) {
    this.#source = source;
    this.#script = parse(source);
    this.#hasPipefail = /\bset\b[^\n;]*\bpipefail\b/.test(source);
    this.#lastWait = lastWaitIn(this.#script);
    this.#named = namesIn(this.#script);
  }

  calls(place: Place): KubectlCall[] {
    const calls = this.#walk(this.#script, place);
    const last = calls.at(-1);
    const isLast = last !== undefined && this.#source.trimEnd().endsWith(last.text.replace(/^kubectl /, ''));
    // The script ends as its last command does, whatever was set.
    return isLast && this.#forgiven.has(last) ? [...calls.slice(0, -1), { ...last, mayFail: false }] : calls;
  }

  #walk(node: SyntaxNode, at: Place): KubectlCall[] {
    if (this.#over !== undefined) return [];
    switch (node.type) {
      case 'Statement':
        return node.background ? this.#apart(() => this.#inBackground(node, at)) : this.#within(node, at);
      case 'Command':
        return this.#ofCommand(node, at);
      case 'Pipeline':
        return node.commands.length > 1 ? this.#apart(() => this.#ofPipeline(node, at)) : this.#ofPipeline(node, at);
      case 'AndOr':
        return this.#ofAndOr(node, at);
      case 'If':
        return afterLook(this.#ofIf(node, at));
      case 'While': {
        const endsLoopOn = node.kind === 'until' ? 'success' : 'failure';
        return afterLook(
          this.#perhaps(() =>
            this.#within(node, at, (child) => (child === node.clause ? { isIgnored: true, isTested: true, endsLoopOn } : at)),
          ),
        );
      }
      case 'Case':
        return this.#ofCase(node, at);
      case 'Function':
        return this.#ofFunction(node, at);
      case 'For':
        return this.#ofLoop(node, at);
      case 'Subshell':
        return this.#apart(() => this.#within(node, at));
      case 'CommandExpansion': {
        const { script } = node;
        return script ? this.#apart(() => this.#walk(script, { isIgnored: at.isIgnored, isTested: true })) : [];
      }
      default:
        return this.#within(node, at);
    }
  }

  /** What may or may not be done changes nothing for sure. */
  #perhaps<T>(work: () => T): T {
    this.#doubts++;
    const result = this.#variables.perhaps(work);
    this.#doubts--;
    return result;
  }

  /** A shell of its own: `exit` ends that one. */
  #apart<T>(work: () => T): T {
    const result = work();
    this.#over = undefined;
    return result;
  }

  /** The branches that can be reached: all where the conditions are only known at run time. */
  #ofIf(node: If, at: Place): KubectlCall[] {
    return this.#branchesFrom(0, node, at);
  }

  #branchesFrom(index: number, node: If, at: Place): KubectlCall[] {
    const branch = index === 0 ? node : node.elif[index - 1];
    if (branch === undefined) return node.else ? this.#walk(node.else, at) : [];
    const clause = this.#walk(branch.clause, { isIgnored: true, isTested: true });
    const end = endOf(branch.clause, this.#variables);
    if (end !== undefined) return [...clause, ...(end ? this.#walk(branch.then, at) : this.#branchesFrom(index + 1, node, at))];
    return [
      ...clause,
      ...this.#perhaps(() => this.#walk(branch.then, at)),
      ...this.#perhaps(() => this.#branchesFrom(index + 1, node, at)),
    ];
  }

  #ofCase(node: Case, at: Place): KubectlCall[] {
    const word = knownWord(node.word, this.#variables);
    const patternsOf = (item: CaseItem) =>
      item.pattern.map((pattern) => (pattern.text === '*' ? word : knownWord(pattern, this.#variables)));
    // The first item that fits, or may fit.
    const item = node.items.find((each) => patternsOf(each).some((pattern) => pattern === undefined || pattern === word));
    const fits = item !== undefined && patternsOf(item).includes(word) && (item.terminator ?? ';;') === ';;';
    if (word === undefined || (item !== undefined && !fits)) return this.#perhaps(() => this.#within(node, at));
    return item ? this.#walk(item.body, at) : [];
  }

  /** Read where it is called. Handed to another program by its name it may be called from there; else it is not. */
  #ofFunction(node: ShellFunction, at: Place): KubectlCall[] {
    const { value } = node.name;
    this.#functions.set(value, node);
    if (this.#named.commands.has(value)) return [];
    return this.#named.words.has(value) ? this.#perhaps(() => this.#walk(node.body, at)) : [];
  }

  #ofCall(command: Command, takesArguments: boolean, at: Place): KubectlCall[] {
    const called = this.#depth < deepest ? this.#functions.get(command.name?.value ?? '') : undefined;
    if (called === undefined) return [];
    const [, ...words] = wordsOf(command);
    const args = takesArguments ? words.flatMap((word) => this.#variables.expand(word)) : [];
    this.#depth++;
    const found = this.#variables.withArguments(args, () => this.#walk(called.body, at));
    this.#depth--;
    if (this.#over === 'function') this.#over = undefined;
    return found;
  }

  #setBy(command: Command): void {
    this.#over = endedBy(command) ?? this.#over;
    this.#goesOn = goesOnAfter(command) ?? this.#goesOn;
  }

  /** How it ends is not asked, unless the `wait` that comes later does: then it is taken to. */
  #inBackground(statement: Statement, at: Place): KubectlCall[] {
    const isAwaited = statement.end <= this.#lastWait;
    const found = this.#within(statement, isAwaited ? at : { ...at, isIgnored: true });
    return isAwaited ? found : found.map((call) => ({ ...call, isInBackground: true }));
  }

  /** What a substitution ends with counts only where it is all that there is: `names=$(kubectl …)`. */
  #ofCommand(command: Command, at: Place): KubectlCall[] {
    const { name, prefix } = command;
    const inside = name === undefined ? at : { ...at, isIgnored: true };
    const own = callsOf(command, this.#source, this.#goesOn ? { ...at, isIgnored: true } : at, this.#variables);
    if (this.#goesOn && !at.isIgnored) for (const call of own) this.#forgiven.add(call);
    // What a function is handed to run is read with its arguments.
    const found = [...own, ...this.#within(command, inside), ...this.#ofCall(command, own.length === 0, at)];
    if (this.#doubts === 0) this.#setBy(command);
    const assigned = name === undefined ? prefix : declaring.test(name.value) ? command.args : [];
    for (const each of assigned) if (each.type === 'Assignment') this.#variables.assign(each);
    return found;
  }

  #ofAndOr({ commands, operators }: AndOr, at: Place): KubectlCall[] {
    let end: boolean | undefined = true;
    const found = commands.flatMap((each, index) => {
      const runs = runsAfter(operators[index - 1] ?? '&&', end);
      if (runs === false) return [];
      end = runs === true ? endOf(each, this.#variables) : undefined;
      const isForgiven = operators.some(
        (operator, after) => operator === '||' && after >= index && isHarmless(commands[after + 1], this.#source),
      );
      const here = { ...at, isIgnored: at.isIgnored || isForgiven };
      return runs === true ? this.#walk(each, here) : this.#perhaps(() => this.#walk(each, here));
    });
    return operators.every((operator) => operator === '&&') ? afterLook(found) : found;
  }

  /** Once for each word, where all of them stand in the script. */
  #ofLoop({ name, wordlist = [], body }: For, at: Place): KubectlCall[] {
    const inList = wordlist.flatMap((word) => this.#walk(word, { ...at, isIgnored: true }));
    const words = wordlist.flatMap((word) => this.#variables.expand(word));
    const rounds = words.length > 0 && words.length <= mostRounds && words.every(isKnown) ? words : ['$'];
    const inBody = rounds.flatMap((word) => {
      this.#variables.set(name.value, word);
      return this.#perhaps(() => this.#walk(body, at));
    });
    this.#variables.forget(name.value);
    return [...inList, ...inBody];
  }

  #ofPipeline({ commands, prefixes }: Pipeline, at: Place): KubectlCall[] {
    const isNegated = prefixes.some(({ type }) => type === 'Negation');
    const opposite = at.endsLoopOn === 'success' ? 'failure' : 'success';
    return commands.flatMap((each, index) => {
      const next = commands[index + 1];
      return this.#walk(each, {
        isIgnored: at.isIgnored || isNegated || (next !== undefined && !this.#hasPipefail),
        isTested: at.isTested || isNegated,
        endsLoopOn: at.endsLoopOn && isNegated ? opposite : at.endsLoopOn,
        pipedInto: next?.type === 'Command' ? next.name?.value : undefined,
      });
    });
  }

  #within(node: SyntaxNode, at: Place, placeOf: (child: SyntaxNode) => Place = () => at): KubectlCall[] {
    const found: KubectlCall[] = [];
    forEachChild(node, (child) => {
      found.push(...this.#walk(child, placeOf(child)));
    });
    return found;
  }
}

function callsOf(command: Command, source: string, place: Place, variables: ShellVariables): KubectlCall[] {
  const words = wordsOf(command);
  const [first] = words;
  if (first === undefined || printing.test(first.value)) return [];
  const expanded = words.flatMap((word) => variables.expand(word).map((text) => ({ word, text })));
  const at = expanded.findIndex(({ word, text }) => isKubectl.test(text) || isKubectl.test(word.value));
  const program = expanded[at]?.word;
  if (program === undefined) return scriptsIn(words).flatMap((script) => callsIn(script, place));
  const rest = expanded.slice(at + 1);
  const line = kubectlLine(rest.map((each) => each.text));
  if (line === undefined) return [];
  const isOfVariables = !isKubectl.test(program.value) || rest.some(({ word }) => /^\$([@*]|\{\w+\[)/.test(word.value));
  const written = source.slice(program.end, command.end).trim();
  const text = `kubectl ${isOfVariables ? rest.map((each) => each.text).join(' ') : written}`;
  const verb = line.verb === 'delete' && isDryRun(line.flags) ? 'get' : line.verb;
  return [{ ...line, verb, text, hidesRefusal: verb === 'get' && hides(command.redirects, place), mayFail: place.isIgnored }];
}

/** It only looks what it would delete. */
function isDryRun(flags: readonly string[]): boolean {
  return flags.some((flag) => /^--dry-run(=(client|server|true))?$/.test(flag));
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
/** Functions that call themselves are not followed further. */
const deepest = 8;
const declaring = /^(export|local|readonly|declare)$/;
const isKubectl = /^(\/[\w./-]*\/)?(kubectl|oc|\$\{?KUBECTL\}?)$/;
const printing = /^(echo|printf|log|cat)$/;

/**
 * The text behind `sh -c`, `eval` or `trap`, inside of another script. What it takes from substitutions is read there.
 */
function scriptsIn(words: readonly Word[]): string[] {
  const shell = words.findIndex(({ value }) => /^(\/\S*\/)?((ba|da|a|z|k)?sh|eval|trap)$/.test(value));
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
