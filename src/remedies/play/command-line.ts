/**
 * Whether a printed command can be run as it stands: the program has the verb, the verb has the flags, and the command
 * says of which objects and where. Kubectl itself would pass some of these over in silence, such as a deletion of all
 * objects of the current namespace where those of another were meant.
 */

import { isMark, marksOf } from '../../knowledge/kubectl-marks.ts';

export type CommandLine = {
  program: string;
  verb: string;
  operands: readonly string[];
  /** Flags without values have an empty one. */
  flags: ReadonlyMap<string, string>;
};

/** @returns the parts of the command, or why it cannot be run, in words */
export function readCommand([program = '', verb = '', ...rest]: readonly string[]): CommandLine | string {
  const known = verbs[program]?.[verb];
  if (known === undefined) return `${program} has no verb "${verb}" that is known here`;
  const operands: string[] = [];
  const flags = new Map<string, string>();
  const words = rest.values();
  for (const word of words) {
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const read = readFlag(word, known.flags, () => words.next().value);
    if (typeof read === 'string') return `${program} ${verb}: ${read}`;
    flags.set(...read);
  }
  const line = { program, verb, operands, flags };
  return known.problem(line) ?? line;
}

/** @returns its full name and its value, or what is wrong with it */
function readFlag(word: string, known: Verb['flags'], next: () => string | undefined): [name: string, value: string] | string {
  const [flag = '', inline] = word.split(/=(.*)/s);
  const name = aliases[flag] ?? flag;
  const takes = known[name];
  if (takes === undefined) return `there is no flag ${flag}`;
  if (takes === 'none' && inline !== undefined) return `${flag} takes no value`;
  const value = inline ?? (takes === 'value' ? next() : '');
  return value === undefined || (takes === 'inline' && inline === undefined) ? `${flag} has no value` : [name, value];
}

type Takes = 'value' | 'none' | 'inline';
type Verb = { flags: Readonly<Record<string, Takes>>; problem(line: CommandLine): string | undefined };

const aliases: Readonly<Record<string, string>> = {
  '-n': '--namespace',
  '-A': '--all-namespaces',
  '-l': '--selector',
  '-o': '--output',
  '-p': '--patch',
  '-c': '--container',
  '-f': '--filename',
  '-R': '--recursive',
};

function subcommand([word, ...operands]: readonly string[], known: string): string | undefined {
  if (word !== known) return `"${word}" is not known here`;
  return operands.length > 0 ? undefined : `${known} of what is not said`;
}

/** Kubectl takes it alone too, and then waits for nothing while the kubelet still ends the Pod. */
function forced({ flags }: CommandLine): string | undefined {
  return flags.has('--force') && flags.get('--grace-period') !== '0' ? '--force takes --grace-period=0' : undefined;
}

const where = { '--namespace': 'value', '--all-namespaces': 'none' } as const;

/**
 * Kinds with names, or all that a flag means: never both, never neither, and not only those of the current namespace.
 */
function choice({ operands: [kinds, ...names], flags }: CommandLine): string | undefined {
  const isSlashed = kinds?.includes('/') === true;
  const all = flags.has('--all') || flags.has('--selector');
  const named = isSlashed || names.length > 0;
  if (kinds === undefined) return 'no kind is named';
  if (named && all) return 'names cannot be combined with --all or a selector';
  if (!named && !all) return `which ${kinds}? Neither a name nor --all is given`;
  if (named && flags.has('--all-namespaces')) return 'names cannot be combined with --all-namespaces';
  if (flags.has('--all-namespaces') && flags.has('--namespace')) return '--namespace cannot be combined with --all-namespaces';
  if (all && !flags.has('--all-namespaces') && !flags.has('--namespace')) return 'only the current namespace is meant';
  return undefined;
}

/** Objects first, then what is changed of them. */
function marked(line: CommandLine): string | undefined {
  const first = line.operands.findIndex(isMark);
  if (first < 0) return 'what is changed is not said';
  const changes = line.operands.slice(first);
  const late = changes.find((word) => !isMark(word));
  if (late !== undefined) return `"${late}" stands behind the changes`;
  const marks = marksOf(changes);
  return typeof marks === 'string' ? marks : choice({ ...line, operands: line.operands.slice(0, first) });
}

const aRelease = ({ operands }: CommandLine) => (operands.length === 1 ? undefined : 'names no release, or several');
const onlyFiles = ({ operands }: CommandLine) => (operands.length === 0 ? undefined : 'names files and something else');
const aKind = ({ operands }: CommandLine) => (operands.length === 0 ? 'no kind is named' : undefined);

const marking = { ...where, '--all': 'none', '--selector': 'value', '--overwrite': 'none' } as const;

const verbs: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  kubectl: {
    delete: {
      flags: {
        ...where,
        ...{ '--all': 'none', '--selector': 'value', '--ignore-not-found': 'none', '--timeout': 'value' },
        ...{ '--cascade': 'inline', '--wait': 'inline', '--grace-period': 'inline', '--force': 'none' },
      },
      problem: (line) => choice(line) ?? forced(line),
    },
    get: {
      flags: { ...where, '--output': 'value', '--selector': 'value', '--show-managed-fields': 'none' },
      problem: aKind,
    },
    logs: {
      flags: { '--namespace': 'value', '--container': 'value', '--tail': 'inline', '--previous': 'none' },
      problem: aKind,
    },
    wait: { flags: { '--namespace': 'value', '--for': 'inline', '--timeout': 'inline' }, problem: choice },
    rollout: { flags: { '--namespace': 'value' }, problem: ({ operands }) => subcommand(operands, 'restart') },
    create: { flags: { '--namespace': 'value' }, problem: ({ operands }) => subcommand(operands, 'serviceaccount') },
    auth: { flags: { '--namespace': 'value', '--as': 'value' }, problem: ({ operands }) => subcommand(operands, 'can-i') },
    describe: { flags: { ...where, '--selector': 'value' }, problem: aKind },
    patch: {
      flags: { '--namespace': 'value', '--type': 'value', '--patch': 'value' },
      problem: (line) => (line.flags.has('--patch') ? choice(line) : 'there is no patch'),
    },
    annotate: { flags: marking, problem: marked },
    label: { flags: marking, problem: marked },
    scale: {
      flags: { '--namespace': 'value', '--replicas': 'value' },
      problem: (line) => (line.flags.has('--replicas') ? choice(line) : 'how many replicas is not said'),
    },
  },
  bookend: {
    delete: { flags: { ...where, '--all': 'none', '--selector': 'value', '--ignore-not-found': 'none' }, problem: choice },
    why: { flags: { '--namespace': 'value' }, problem: aKind },
    preview: {
      flags: { '--namespace': 'value', '--filename': 'value', '--recursive': 'none', '--live': 'none' },
      problem: (line) => (line.flags.has('--filename') ? onlyFiles(line) : aRelease(line)),
    },
    plan: { flags: { '--of': 'value', '--namespace': 'value' }, problem: () => undefined },
  },
  helm: {
    uninstall: {
      flags: { '--namespace': 'value', '--timeout': 'value', '--no-hooks': 'none', '--wait': 'none' },
      problem: aRelease,
    },
    rollback: {
      flags: { '--namespace': 'value' },
      problem: ({ operands }) =>
        operands.length === 2 && /^[1-9]\d*$/.test(operands[1] ?? '') ? undefined : 'the revision is not said',
    },
  },
};
