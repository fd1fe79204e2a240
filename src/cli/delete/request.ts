/** What a person or a hook asks `bookend delete` to delete, before any cluster was asked. Pure. */
import { BookendError } from '../../errors.ts';
import { wholeGroupOf } from '../../objects/kind-names.ts';
import { oneOf } from '../flags.ts';
import type { DeleteFlags } from './flags.ts';

/** One kind and which of its objects. */
export type Selection = {
  /** As it was written: `widgets.example.com`, or `*.example.com` for all kinds of a group. */
  kind: string;
  /** Absent: all of the kind that `selector` and `release` let through. */
  names?: string[];
  selector?: string;
  /** Only what this Helm release installed. */
  release?: { name: string; namespace?: string };
  /** `current`: that of `-n` or the context. */
  namespace: { name: string } | 'current' | 'everywhere';
  /** Whether a name that does not exist means that there is nothing to do. */
  absent: 'fine' | 'error';
  /** Where it was written, for messages: `targets[1]`, `widgets`. */
  field: string;
};

export type DeleteRequest = {
  selections: Selection[];
  /** What stands earlier must be gone before what stands later is deleted. Never so for one KIND argument. */
  ordered: boolean;
};

/**
 * The request in the arguments and flags.
 * @throws BookendError `bad-input` when nothing is named, or things that exclude each other.
 */
export function requestOf(args: readonly string[], flags: DeleteFlags): DeleteRequest {
  if (flags.targets !== undefined) {
    refuse(args.length > 0, '--targets', 'cannot be combined with a kind and names');
    for (const [flag, value] of Object.entries({ '--all': flags.all, '--selector': flags.selector, '--release': flags.release }))
      refuse(value !== undefined, flag, 'cannot be combined with --targets');
    refuse(flags.allNamespaces !== undefined, '--all-namespaces', 'cannot be combined with --targets');
    const order = oneOf('--order', flags.order ?? 'Listed', ['Listed', 'Needs']);
    return { selections: parseTargets(flags.targets), ordered: order === 'Listed' };
  }
  refuse(flags.order !== undefined, '--order', 'needs --targets');
  refuse(
    args.length === 0,
    'kind',
    'is missing',
    'For example: bookend delete widgets.example.com one -n shop, or with --all in place of the name.',
  );
  refuse(flags.releaseNamespace !== undefined && flags.release === undefined, '--release-namespace', 'needs --release');
  refuse(
    flags.allNamespaces === true && flags.namespace !== undefined,
    '--all-namespaces',
    'cannot be combined with --namespace',
  );
  const slashed = args.filter((arg) => arg.includes('/'));
  refuse(
    slashed.length > 0 && slashed.length < args.length,
    'kind/name',
    'cannot be mixed with a kind and names as words of their own',
  );
  const selections = slashed.length > 0 ? args.map((arg) => slashedSelection(arg, flags)) : kindSelections(args, flags);
  return { selections, ordered: false };
}

/** `KIND[,KIND…] [NAME…]` */
function kindSelections([kinds = '', ...names]: readonly string[], flags: DeleteFlags): Selection[] {
  const chosen = flags.all === true || flags.selector !== undefined || flags.release !== undefined;
  refuse(names.length > 0 && chosen, 'name', 'cannot be combined with --all, --selector or --release');
  refuse(names.length > 0 && flags.allNamespaces === true, '--all-namespaces', 'cannot be combined with names');
  refuse(
    names.length === 0 && !chosen,
    'name',
    `is missing: which ${kinds}?`,
    'Name them, or pass --all, --selector or --release.',
  );
  refuse(flags.all === true && flags.selector !== undefined, '--all', 'cannot be combined with --selector');
  const { release, releaseNamespace } = flags;
  // To the API server a blank selector is none, and selects everything.
  const selector = text(flags.selector, '--selector');
  text(release, '--release');
  return kinds.split(',').map((kind) => ({
    kind: withoutNames(kind, names, kind),
    ...(names.length > 0 && { names }),
    ...(selector !== undefined && { selector }),
    ...(release !== undefined && {
      release: { name: release, ...(releaseNamespace !== undefined && { namespace: releaseNamespace }) },
    }),
    namespace: flags.allNamespaces ? 'everywhere' : 'current',
    absent: names.length > 0 && !flags.ignoreNotFound ? 'error' : 'fine',
    field: kind,
  }));
}

function slashedSelection(arg: string, flags: DeleteFlags): Selection {
  const chosen = [flags.all, flags.selector, flags.release, flags.allNamespaces].some((flag) => flag !== undefined);
  refuse(chosen, 'kind/name', 'cannot be combined with --all, --all-namespaces, --selector or --release');
  const [kind = '', name = '', ...rest] = arg.split('/');
  refuse(kind === '' || name === '' || rest.length > 0, arg, 'is no kind and name, such as widgets.example.com/one');
  return {
    kind: withoutNames(kind, [name], arg),
    names: [name],
    namespace: 'current',
    absent: flags.ignoreNotFound ? 'fine' : 'error',
    field: arg,
  };
}

/**
 * `--targets`: `[{"kind":"widgets.example.com","names":["a"],"selector":"x=y","namespace":"ns"}]`, deleted in this
 * order. Names without a namespace are looked for in the current one, everything else without a namespace everywhere.
 * What does not exist (any more) is fine.
 * @throws BookendError `bad-input` with the path of the entry.
 */
export function parseTargets(text: string): Selection[] {
  const entries = parseJson(text);
  refuse(!Array.isArray(entries), '--targets', 'must be a JSON list');
  const list = entries as unknown[];
  refuse(list.length === 0, '--targets', 'is an empty list');
  return list.map((entry, index) => targetOf(entry, `targets[${index}]`));
}

function targetOf(entry: unknown, field: string): Selection {
  refuse(typeof entry !== 'object' || entry === null || Array.isArray(entry), field, 'must be an object with the key kind');
  const map = entry as Record<string, unknown>;
  for (const key of Object.keys(map)) {
    refuse(!targetKeys.has(key), `${field}.${key}`, `is not a known key; use ${[...targetKeys].join(', ')}`);
  }
  const kind = text(map.kind, `${field}.kind`);
  refuse(kind === undefined, `${field}.kind`, 'is missing; write the plural with its group, such as widgets.example.com');
  const selector = text(map.selector, `${field}.selector`);
  const namespace = text(map.namespace, `${field}.namespace`);
  const names = namesOf(map.names, `${field}.names`);
  refuse(names !== undefined && selector !== undefined, field, 'has both names and a selector');
  return {
    kind: withoutNames(kind ?? '', names, field),
    ...(names && { names }),
    ...(selector !== undefined && { selector }),
    namespace: namespace !== undefined ? { name: namespace } : names ? 'current' : 'everywhere',
    absent: 'fine',
    field,
  };
}

/** The kinds of a group have no names in common. */
function withoutNames(kind: string, names: readonly string[] = [], field: string): string {
  const isGroup = wholeGroupOf(kind) !== undefined;
  refuse(isGroup && names.length > 0, field, `has names, but ${kind} stands for several kinds`, 'Name the kind.');
  return kind;
}

const targetKeys = new Set(['kind', 'names', 'selector', 'namespace']);

function text(value: unknown, field: string): string | undefined {
  if (value === undefined) return undefined;
  refuse(typeof value !== 'string' || value.trim() === '', field, 'must be a non-empty string');
  return value as string;
}

function namesOf(value: unknown, field: string): string[] | undefined {
  if (value === undefined) return undefined;
  refuse(!Array.isArray(value) || value.length === 0, field, 'must be a list of at least one name; omit it for all objects');
  return (value as unknown[]).map((name, index) => text(name, `${field}[${index}]`) ?? '');
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new BookendError('bad-input', `--targets is not JSON: ${error instanceof Error ? error.message : ''}`, {
      field: '--targets',
    });
  }
}

function refuse(wrong: boolean, field: string, message: string, advice?: string): void {
  if (wrong) throw new BookendError('bad-input', `${field} ${message}`, { field, ...(advice && { advice }) });
}
