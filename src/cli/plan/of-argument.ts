/** Finds the object of `--of KIND/NAME` in the input. It knows the kinds without a cluster. */

import type { KindInfo } from '../../cluster/port.ts';
import { builtInKinds } from '../../cluster/simulated/api/built-in-kinds.ts';
import { BookendError } from '../../errors.ts';
import { guessedPlural } from '../../graph/rules/resource-of.ts';
import { fieldAt, textOf, textsOf } from '../../objects/fields.ts';
import { describeId, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd } from '../../objects/scopes.ts';
import { shellWord } from '../../objects/shell-quote.ts';
import { findKind } from '../kind-argument.ts';

/**
 * @param text `deploy/agent`, `widgets.example.com/one`, or with its namespace `secret/shop/token`
 * @param namespace of objects that are named without one, where there are several of that name
 * @throws BookendError `not-found`, with what comes near; `bad-input` when several are meant
 */
export function objectOf(
  text: string,
  objects: ReadonlyMap<ObjectId, KubernetesObject>,
  namespace: string | undefined,
): ObjectId {
  const [kindText = '', ...rest] = text.split('/');
  const [first, second] = rest;
  if (kindText === '' || !first || rest.length > 2) {
    throw new BookendError('bad-input', `--of cannot be "${text}"`, {
      field: '--of',
      advice: 'Write the kind and the name, such as deployment/web, or with the namespace: deployment/shop/web.',
    });
  }
  const name = second ?? first;
  const kind = findKind({ kinds: kindsAmong(objects), missing: [] }, kindText, '--of');
  const ofName = [...objects.keys()].filter((id) => parseId(id).name === name);
  const candidates = kind ? ofName.filter((id) => isOfKind(id, kind)) : [];
  if (second !== undefined) return candidates.find((id) => parseId(id).namespace === first) ?? refuseAbsent(text, ofName);
  const [only, ...others] = candidates;
  if (only === undefined) refuseAbsent(text, ofName);
  if (others.length === 0) return only;
  const here = kind && makeId(kind.group, kind.kind, namespace, name);
  if (here !== undefined && objects.has(here)) return here;
  throw new BookendError('bad-input', `--of ${text} is ambiguous: ${candidates.map(describeId).join(' or ')}`, {
    field: '--of',
    advice: `Add the namespace, such as: --of ${shellWord(`${kindText}/${parseId(only).namespace ?? ''}/${name}`)}`,
  });
}

function isOfKind(id: ObjectId, { group, kind }: KindInfo): boolean {
  const parsed = parseId(id);
  return parsed.group === group && parsed.kind === kind;
}

/**
 * Kinds of which there are objects: plural and short names are those of Kubernetes, of their definitions, or guessed.
 */
function kindsAmong(objects: ReadonlyMap<ObjectId, KubernetesObject>): KindInfo[] {
  const kinds = new Map<string, KindInfo>();
  for (const [id, { apiVersion }] of objects) {
    const { group, kind, namespace } = parseId(id);
    const key = `${kind}.${group}`;
    if (kinds.has(key)) continue;
    const builtIn = builtInKinds.find((each) => each.group === group && each.kind === kind);
    const names = { resource: guessedPlural(kind), shortNames: [] as string[] };
    const rest = { verbs: [], subresources: [], categories: [], version: '', namespaced: namespace !== undefined };
    kinds.set(key, builtIn ?? { apiVersion, group, kind, ...names, ...rest });
  }
  for (const crd of [...objects.values()].filter(isCrd)) {
    const kind = kinds.get(`${textOf(fieldAt(crd, 'spec', 'names', 'kind'))}.${textOf(fieldAt(crd, 'spec', 'group'))}`);
    if (!kind) continue;
    kind.resource = textOf(fieldAt(crd, 'spec', 'names', 'plural')) ?? kind.resource;
    kind.shortNames = textsOf(fieldAt(crd, 'spec', 'names', 'shortNames'));
  }
  return [...kinds.values()];
}

function refuseAbsent(text: string, ofName: readonly ObjectId[]): never {
  const near = ofName.slice(0, 5).map(describeId);
  throw new BookendError('not-found', `the input does not contain ${text}`, {
    object: text,
    field: '--of',
    ...(near.length > 0 && { advice: `Objects with this name: ${near.join(', ')}.` }),
  });
}
