/** The words of one kubectl command: its verb, what it is about, and where. */
import { isMark, takesMarks } from './kubectl-marks.ts';

export type KubectlLine = {
  verb: string;
  /** `crd`, `pods`, `widgets.example.com`; absent where a variable or a file says it. */
  types: string[];
  /** Of the objects; empty for all, or for those that a selector means. */
  names: string[];
  /** `*` for all namespaces; absent for the Pod's own; `?` where a variable says it. */
  namespace?: string;
  /** Of labels or fields, as written. */
  selector?: string;
  flags: readonly string[];
  /** Of labels or annotations, as written; only of `label` and `annotate`. */
  marks?: readonly string[];
};

/** @param words those behind `kubectl`. @returns undefined where the verb cannot be known. */
export function kubectlLine(words: readonly string[]): KubectlLine | undefined {
  const { flags, operands: all, namespace, selector } = parsed(words);
  const [verb, ...operands] = all;
  if (verb === undefined || verb.includes('$')) return undefined;
  const sub = subcommands.has(verb) ? operands.shift() : undefined;
  const { about, marks } = takesMarks(verb) ? withoutMarks(operands) : { about: operands };
  return {
    verb: sub === undefined ? verb : `${verb} ${sub}`,
    ...targetsOf(about),
    ...(marks && { marks }),
    ...(namespace !== undefined && { namespace }),
    ...(selector !== undefined && { selector }),
    flags,
  };
}

/**
 * Whether a word on kubectl's command line means CustomResourceDefinitions: `crd`, `crds`,
 * `customresourcedefinitions.apiextensions.k8s.io`.
 */
export function meansDefinitions(type: string): boolean {
  return /^(crds?|customresourcedefinitions?)(\.|$)/i.test(type);
}

type CommandLine = { flags: string[]; operands: string[]; namespace: string | undefined; selector: string | undefined };

/** Flags, with the values that they take, apart from the rest. What stands behind `--` is for another program. */
function parsed(words: readonly string[]): CommandLine {
  const found: CommandLine = { flags: [], operands: [], namespace: undefined, selector: undefined };
  for (let index = 0; index < words.length && words[index] !== '--'; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) {
      found.operands.push(word);
      continue;
    }
    found.flags.push(word);
    const [flag = '', inline] = word.split(/=(.*)/s);
    const value = inline ?? (takesValue.has(flag) ? words[++index] : undefined);
    found.namespace = namespaceIn(flag, value) ?? found.namespace;
    if (selecting.has(flag)) found.selector = value;
  }
  return found;
}

/** The namespace that a flag says. */
function namespaceIn(flag: string, value: string | undefined): string | undefined {
  if (flag === '-A' || (flag === '--all-namespaces' && value !== 'false')) return '*';
  if (flag === '-n' || flag === '--namespace') return value?.includes('$') ? '?' : value;
  return /^-n\S/.test(flag) && value === undefined ? flag.slice(2) : undefined;
}

const selecting = new Set(['-l', '--selector', '--field-selector']);
const subcommands = new Set(['rollout', 'create', 'set', 'auth']);
const takesValue = new Set(
  '-n --namespace -l --selector -o --output -f --filename -p --patch --type --field-selector --for --timeout --grace-period --context --kubeconfig --server --token -s --cascade --replicas --request-timeout --as -c --container --subresource -k --kustomize --image --dry-run'.split(
    ' ',
  ),
);
takesValue.delete('--cascade');
takesValue.delete('--dry-run');

function withoutMarks(operands: readonly string[]): { about: readonly string[]; marks: readonly string[] } {
  const first = operands.findIndex(isMark);
  return first < 0 ? { about: operands, marks: [] } : { about: operands.slice(0, first), marks: operands.slice(first) };
}

/** `crd a b`, `crd/a deploy/b`, `pods,services`. */
function targetsOf(operands: readonly string[]): { types: string[]; names: string[] } {
  const slashed = operands.filter((word) => /^[\w.-]+\/./.test(word));
  if (slashed.length > 0) {
    const parts = slashed.map((word) => word.split('/'));
    return { types: [...new Set(parts.map(([type = '']) => type))], names: parts.map(([, name = '']) => name) };
  }
  const [types = '', ...names] = operands;
  return { types: types.includes('$') ? [] : types.split(',').filter((type) => /^[a-zA-Z]/.test(type)), names };
}
