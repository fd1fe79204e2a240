/**
 * The kind that a person means by `widgets`, `widget`, `Widget`, `wd`, `widgets.example.com` or
 * `widgets.v1.example.com`: whatever kubectl accepts, found by discovery.
 */
import type { Cluster, KindInfo } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { groupOf } from '../objects/identity.ts';
import { kindWordRank, partsOfKindWord } from '../objects/kind-names.ts';
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
  const silent = missing.filter((each) => group === undefined || groupOf(each) === group);
  if (silent.length === 0) return undefined;
  throw new BookendError(
    'unreachable',
    `cannot find out whether the cluster serves ${text}: API group ${silent.join(', ')} does not answer`,
    {
      field,
      advice: 'Repair or remove the APIService of that group, or write the kind with its group: widgets.example.com.',
    },
  );
}

/** As the rules of RBAC and `kubectl api-resources -o name` write it: `widgets.example.com`, `pods`. */
export function resourceName({ resource, group }: Pick<KindInfo, 'resource' | 'group'>): string {
  return group === '' ? resource : `${resource}.${group}`;
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
