/**
 * Finds the kind for a word as kubectl does, by discovery: `widgets`, `widget`, `Widget`, `wd`, `widgets.example.com`
 * or `widgets.v1.example.com`.
 */
import type { Cluster, KindInfo } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { groupOf } from '../objects/identity.ts';
import { kindWordRank, partsOfKindWord, resourceName, wholeGroupOf } from '../objects/kind-names.ts';
import { nearest } from '../objects/nearest.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';

/** What the cluster serves, read once for a whole command. */
export type Kinds = Awaited<ReturnType<Cluster['kinds']>>;

/**
 * @param text as the person wrote it
 * @param field where it was written, for messages
 * @returns undefined when the cluster serves no such kind
 * @throws BookendError `bad-input` when several are meant; `unreachable` when the API group that may serve it does not
 * answer, so that nobody takes an API that is down for one that has nothing
 */
export function findKind({ kinds, missing }: Kinds, text: string, field: string): KindInfo | undefined {
  const { group } = partsOfKindWord(text);
  const fitting = kinds.filter((kind) => kindWordRank(kind, text) > 0);
  const best = Math.max(0, ...fitting.map((kind) => rank(kind, text)));
  const [found, ...others] = fitting.filter((kind) => rank(kind, text) === best);
  if (found && others.length === 0) return found;
  if (found) throw ambiguous(text, field, [found, ...others]);
  refuseSilent(missing, group, text, field);
  return undefined;
}

/** Nobody takes an API group that does not answer for one that has nothing. */
function refuseSilent(missing: readonly string[], group: string | undefined, text: string, field: string): void {
  const silent = missing.filter((each) => group === undefined || groupOf(each) === group);
  if (silent.length === 0) return;
  throw new BookendError(
    'unreachable',
    `cannot find out whether the cluster serves ${text}: API group ${silent.join(', ')} does not answer`,
    {
      field,
      advice: 'Repair or remove the APIService of that group, or write the kind with its group: widgets.example.com.',
    },
  );
}

/** What an API server must offer for a kind so that its objects can be deleted and waited for. */
const verbsToDelete = ['delete', 'list', 'watch'];

/** Which of these verbs the API server does not offer for the kind. */
export function missingToDelete({ verbs }: KindInfo): string[] {
  return verbsToDelete.filter((verb) => !verbs.includes(verb));
}

/**
 * All kinds of a group whose objects can be deleted, for `*.operator.example.com`; else the one kind.
 * @throws as findKind does; `bad-input` for a group of Kubernetes itself, which never belongs to one program alone
 */
export function findKinds(kinds: Kinds, text: string, field: string): KindInfo[] {
  const group = wholeGroupOf(text);
  if (group === undefined) {
    const kind = findKind(kinds, text, field);
    return kind ? [kind] : [];
  }
  if (group === '' || isBuiltInGroup(group)) {
    throw new BookendError('bad-input', `${text} stands for all kinds of a group of Kubernetes itself`, {
      field,
      advice: 'Name the kinds, for example deployments.apps.',
    });
  }
  refuseSilent(kinds.missing, group, text, field);
  return kinds.kinds.filter((kind) => kind.group === group && missingToDelete(kind).length === 0);
}

/** For a kind that the cluster does not serve: the ones that may be meant. */
export function didYouMean({ kinds }: Kinds, text: string): string {
  const { name, group } = partsOfKindWord(text);
  const words = new Map(
    kinds
      .filter((kind) => group === undefined || kind.group === group || nearest(group, [kind.group]) !== undefined)
      .flatMap((kind) => [kind.resource, kind.kind.toLowerCase()].map((word) => [word, resourceName(kind)] as const)),
  );
  const word = nearest(name, [...words.keys()]);
  return word === undefined ? '' : `; did you mean ${words.get(word)}?`;
}

/**
 * Like kubectl: what Kubernetes itself serves, the core group first, goes before what was added (`pods` are not those
 * of the metrics API).
 */
function rank(kind: KindInfo, word: string): number {
  const origin = kind.group === '' ? 2 : isBuiltInGroup(kind.group) ? 1 : 0;
  return origin * 4 + kindWordRank(kind, word);
}

function ambiguous(text: string, field: string, candidates: KindInfo[]): BookendError {
  return new BookendError('bad-input', `"${text}" is ambiguous: ${candidates.map(resourceName).join(' or ')}`, {
    field,
    advice: 'Write the kind with its group.',
  });
}
