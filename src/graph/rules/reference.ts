/**
 * Custom resources name each other by custom, not by a fixed field: `issuerRef`, `parentRefs`, `gatewayClassName`. What
 * one names it needs while it lives: a Certificate its Issuer, a route its Gateway, a Gateway its class, whose
 * finalizer stays while a Gateway names it.
 *
 * The shape of a field shows a reference: a field `…Ref`, `…Refs` or `…Name`, with a name and where it has them kind,
 * group and namespace. Where the field says no kind, the schema of the definition may, or the field's own name does:
 * `issuerRef` means an Issuer. A field that is called as a kind of the same API group means one too: `project` an
 * AppProject, `gateways` Gateways (`own-kinds.ts`). Annotations of operators on objects of others mean the same:
 * `cert-manager.io/cluster-issuer`.
 *
 * Such edges are guesses: only what really exists counts, and in a circle they are the first to yield.
 */
import { fieldAt, isMap, listOf, textOf } from '../../objects/fields.ts';
import { groupOf, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isBuiltInGroup, isCrd } from '../../objects/scopes.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { namesIn, type OwnKinds, ownKinds } from './own-kinds.ts';
import { grantsIn } from './reference-grants.ts';

export const reference: EdgeRule = {
  name: 'reference',
  why: 'A custom resource that names an object fails, or cannot be deleted, without it.',
  find: (world) => {
    const isOwned = ancestry(world);
    const find = finderIn(world);
    const meaningOf = meaningsIn(world);
    const kindsOf = ownKinds(world);
    const grantsOf = grantsIn(world);
    return world.objects.flatMap((object) => {
      const from = world.idOf(object);
      return [...inBody(object, world, find, kindsOf), ...inAnnotations(object, meaningOf, find)].flatMap(
        ({ to, field, value }): Edge[] => {
          // A child that names its owner does not need it: the owner goes first, or the child is made again.
          if (to === from || isOwned(object, to)) return [];
          const evidence = [{ object: from, field, value }];
          return [to, ...grantsOf(object, to)].map((each) => {
            return { from, to: each, rule: 'reference', evidence, certainty: 'inferred', orderOnly: true };
          });
        },
      );
    });
  },
};

/**
 * The object with only those fields of its body that may hold references: for callers that keep many. Bodies of others
 * may be large.
 */
export function referencesOnly({ apiVersion, kind, metadata, status: _, ...body }: KubernetesObject): KubernetesObject {
  const isCustom = !isBuiltInGroup(groupOf(apiVersion));
  return { apiVersion, kind, metadata, ...(referencesIn(body, 0, isCustom) as object | undefined) };
}

function referencesIn(value: unknown, depth: number, isCustom: boolean): unknown {
  if (depth > deepest || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    // The places of the others stay, so that the path of a field is right.
    const items = value.map((each) => referencesIn(each, depth + 1, isCustom));
    return items.some((each) => each !== undefined) ? items.map((each) => each ?? null) : undefined;
  }
  const kept = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const isNaming = prefixOf(key, inner) !== undefined || (isCustom && selectsKey(inner));
    const kept = isNaming ? inner : referencesIn(inner, depth + 1, isCustom);
    const names = isNaming || !isCustom || depth !== 1 ? 0 : namesIn(inner).length;
    const below = names > 0 && names <= mostNames ? withNames(inner, kept) : kept;
    return below === undefined ? [] : [[key, below]];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/**
 * What was kept of a value, with the names in it: of fields right below `spec`, whatever they are called, since nobody
 * knows yet which kinds there are.
 */
function withNames(value: unknown, kept: unknown): unknown {
  if (Array.isArray(value))
    return value.map((each, index) => (Array.isArray(each) ? null : (withNames(each, listOf(kept)[index]) ?? null)));
  if (namesIn(value).length === 0) return kept;
  if (!isMap(value)) return value;
  const named = Object.entries(value).filter(([key, inner]) => naming.has(key) && textOf(inner) !== undefined);
  return { ...(kept as object | undefined), ...Object.fromEntries(named) };
}

const naming = new Set(['name', 'namespace', 'kind', 'group', 'apiGroup', 'apiVersion']);

/** Longer lists are data. */
const mostNames = 50;

type Named = { to: ObjectId; field: string; value: string };

/** Fields deeper than this hold no references that anybody has seen; bodies may be of any shape. */
const deepest = 12;

function inBody(object: KubernetesObject, world: World, find: Find, kindsOf: OwnKinds): Named[] {
  const isBuiltIn = isBuiltInGroup(groupOf(object.apiVersion));
  if (isCrd(object) || (isBuiltIn && !namingCustom.has(object.kind))) return [];
  const { apiVersion: _a, kind: _k, metadata: _m, status: _s, ...body } = object;
  const schema = schemaOf(object, world);
  const kindsMeantBy = (key: string) => (isBuiltIn ? [] : kindsOf(object, key));
  const found: Named[] = [];
  const visit = (value: unknown, path: string, key: string, about: unknown, depth: number): void => {
    if (depth > deepest) return;
    if (Array.isArray(value)) {
      for (const [index, each] of value.entries()) visit(each, `${path}[${index}]`, key, fieldAt(about, 'items'), depth + 1);
      return;
    }
    const look = (wanted: Wanted) => find(wanted, object);
    found.push(
      ...named(key, value, path, about, look),
      ...byOwnKind(key, value, path, kindsMeantBy(key), look),
      ...byKey(key, value, path, look),
    );
    if (!isMap(value)) return;
    for (const [name, inner] of Object.entries(value)) {
      visit(inner, path === '' ? name : `${path}.${name}`, name, fieldAt(about, 'properties', name), depth + 1);
    }
  };
  visit(body, '', '', schema, 0);
  // What built-in objects name of each other, other rules know.
  return isBuiltIn ? found.filter(({ to }) => !isBuiltInGroup(parseId(to).group)) : found;
}

/** Built-in kinds with fields for whatever kind: `dataSource`, `dataSourceRef`, `backend.resource`. */
const namingCustom = new Set(['PersistentVolumeClaim', 'Ingress']);

/** What one field names, if it is a reference at all. */
function named(
  key: string,
  value: unknown,
  path: string,
  schema: unknown,
  find: (wanted: Wanted) => ObjectId | undefined,
): Named[] {
  const prefix = prefixOf(key, value);
  const name = textOf(isMap(value) ? value.name : value);
  if (prefix === undefined || name === undefined) return [];
  const kind = textOf(fieldAt(value, 'kind')) ?? kindInSchema(schema);
  const place = { ...groupIn(value), ...namespaceIn(value) };
  const kinds = kind === undefined ? kindsMeant(key, prefix) : [kind];
  const [to] = kinds.flatMap((each) => find({ kind: each, name, ...place }) ?? []);
  return to ? [{ to, field: isMap(value) ? `${path}.name` : path, value: name }] : [];
}

/** What a field that is called as a kind names: by text, by lists of it, by maps with a name. */
function byOwnKind(
  key: string,
  value: unknown,
  path: string,
  kinds: readonly { kind: string; group: string }[],
  find: (wanted: Wanted) => ObjectId | undefined,
): Named[] {
  // Items of a list are visited under the name of the list.
  if (kinds.length === 0 || Array.isArray(value) || prefixOf(key, value) !== undefined) return [];
  if (isMap(value) && textOf(value.kind) !== undefined) return [];
  return namesIn(value).flatMap((written): Named[] => {
    const [first = '', second] = written.split('/');
    const place = second === undefined ? namespaceIn(value) : { namespace: first };
    const [to] = kinds.flatMap((each) => find({ ...each, name: second ?? first, ...place }) ?? []);
    return to ? [{ to, field: isMap(value) ? `${path}.name` : path, value: written }] : [];
  });
}

/**
 * `{name, key}` alone selects a key of a Secret, whatever the field is called: `basicAuth.password` of a
 * ServiceMonitor.
 */
function byKey(key: string, value: unknown, path: string, find: (wanted: Wanted) => ObjectId | undefined): Named[] {
  if (!selectsKey(value) || prefixOf(key, value) !== undefined) return [];
  const to = find({ kind: 'Secret', group: '', name: value.name });
  return to ? [{ to, field: `${path}.name`, value: value.name }] : [];
}

function selectsKey(value: unknown): value is { name: string; key: string } {
  if (!isMap(value) || textOf(value.name) === undefined || textOf(value.key) === undefined) return false;
  return Object.keys(value).every((each) => ['name', 'key', 'optional'].includes(each));
}

/** What stands before `Ref`, `Refs`, `KeyRef` or, of a mere text, `Name`; undefined for any other field. */
function prefixOf(key: string, value: unknown): string | undefined {
  if (key === 'ref' || key === 'refs' || (whole.has(key) && isMap(value) && textOf(value.kind))) return '';
  if (isMap(value) && (key === 'secret' || key === 'configMap')) return key;
  const [, prefix, suffix] = /^(.*?)(KeyRef|Refs?|Name)$/.exec(key) ?? [];
  return suffix === 'Name' && isMap(value) ? undefined : prefix;
}

/** Fields for whatever kind, which they always name: `backend.resource` of an Ingress, `dataSource` of a claim. */
const whole = new Set(['resource', 'dataSource']);

function groupIn(value: unknown): { group?: string } {
  const group = textOf(fieldAt(value, 'group')) ?? textOf(fieldAt(value, 'apiGroup'));
  if (group !== undefined) return { group };
  // A bare `v1` is the core group.
  const apiVersion = textOf(fieldAt(value, 'apiVersion'));
  return apiVersion === undefined ? {} : { group: groupOf(apiVersion) };
}

function namespaceIn(value: unknown): { namespace?: string } {
  const namespace = textOf(fieldAt(value, 'namespace'));
  return namespace === undefined ? {} : { namespace };
}

/** The kinds of some fields whose names do not say them, by the APIs that have them. */
const usual: Readonly<Record<string, string>> = {
  parentRef: 'Gateway',
  parentRefs: 'Gateway',
  backendRef: 'Service',
  backendRefs: 'Service',
  certificateRef: 'Secret',
  certificateRefs: 'Secret',
  scaleTargetRef: 'Deployment',
  authenticationRef: 'TriggerAuthentication',
};

/** `passwordSecretRef` may mean a PasswordSecret, and else a Secret; `secretTargetRef` a Secret too. */
function kindsMeant(key: string, prefix: string): string[] {
  const words = prefix.replace(/^./, (letter) => letter.toUpperCase()).match(/[A-Z]+(?![a-z])|[A-Z][a-z0-9]*/g) ?? [];
  const ends = words.map((_, index) => words.slice(index).join(''));
  const starts = words.map((_, index) => words.slice(0, -index - 1).join('')).filter((each) => each !== '');
  return [...(usual[key] === undefined ? [] : [usual[key]]), ...ends, ...starts];
}

/** Where only one kind is allowed, or one is meant when none is given. */
function kindInSchema(schema: unknown): string | undefined {
  const kind = fieldAt(schema, 'properties', 'kind');
  const allowed = listOf(fieldAt(kind, 'enum'));
  return textOf(fieldAt(kind, 'default')) ?? (allowed.length === 1 ? textOf(allowed[0]) : undefined);
}

/** The schema of the object's version in the definition among these objects. */
function schemaOf({ apiVersion, kind }: KubernetesObject, world: World): unknown {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const versions = listOf(fieldAt(world.crdOf(groupOf(apiVersion), kind), 'spec', 'versions'));
  return fieldAt(
    versions.find((each) => fieldAt(each, 'name') === version),
    'schema',
    'openAPIV3Schema',
  );
}

type Wanted = { kind: string; name: string; group?: string; namespace?: string };
type Find = (wanted: Wanted, from: KubernetesObject) => ObjectId | undefined;

/**
 * Finds what is meant, which must exist: of the same group first, then built in, then the only one of any other group.
 */
function finderIn(world: World): Find {
  const groups = new Map<string, readonly string[]>();
  const groupsOf = (kind: string) => {
    const known = groups.get(kind) ?? [...new Set(world.ofKindInAnyGroup(kind).map(({ apiVersion }) => groupOf(apiVersion)))];
    groups.set(kind, known);
    return known;
  };
  return ({ kind, name, group, namespace }, from) => {
    const own = groupOf(from.apiVersion);
    const places = namespace === undefined ? [from.metadata.namespace, undefined] : [namespace];
    for (const place of places) {
      const ids = (group === undefined ? groupsOf(kind) : [group])
        .map((each) => ({ id: makeId(each, kind, place, name), rank: each === own ? 0 : isBuiltInGroup(each) ? 1 : 2 }))
        .filter(({ id }) => world.has(id))
        .sort((one, other) => one.rank - other.rank);
      const [first, second] = ids;
      if (first && first.rank !== second?.rank) return first.id;
    }
    return from.metadata.namespace === undefined && namespace === undefined ? onlyOne({ kind, name, group }, world) : undefined;
  };
}

/** A cluster-scoped object names no namespace where its operator knows one: a ClusterIssuer its Secret. */
function onlyOne(
  { kind, name, group }: { kind: string; name: string; group: string | undefined },
  world: World,
): ObjectId | undefined {
  const pool = group === undefined ? world.ofKindInAnyGroup(kind) : world.ofKind(group, kind);
  const [first, ...others] = pool.filter(({ metadata }) => metadata.name === name);
  return first && others.length === 0 ? world.idOf(first) : undefined;
}

type Meaning = (value: string, object: KubernetesObject) => Wanted[];

/** What is separated by commas, each with its namespace where it has one: `shop/auth`. */
const namedObjects =
  (kind: string, group?: string): Meaning =>
  (value) =>
    value.split(',').flatMap((each) => {
      const [first = '', second] = each.trim().split('/');
      const rest = { kind, ...(group !== undefined && { group }) };
      if (first === '') return [];
      return [second === undefined ? { ...rest, name: first } : { ...rest, name: second, namespace: first }];
    });

/** Annotations and labels of operators whose names do not say the kind of what they name. */
const marks: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    'cert-manager.io/inject-ca-from': namedObjects('Certificate', 'cert-manager.io'),
    'cert-manager.io/inject-ca-from-secret': namedObjects('Secret', ''),
    'cert-manager.io/issuer': (value, { metadata }) => [
      {
        kind: textOf(metadata.annotations?.['cert-manager.io/issuer-kind']) ?? 'Issuer',
        group: textOf(metadata.annotations?.['cert-manager.io/issuer-group']) ?? 'cert-manager.io',
        name: value,
      },
    ],
    'nginx.ingress.kubernetes.io/auth-secret': namedObjects('Secret', ''),
    'nginx.ingress.kubernetes.io/auth-tls-secret': namedObjects('Secret', ''),
    'nginx.ingress.kubernetes.io/proxy-ssl-secret': namedObjects('Secret', ''),
    'kueue.x-k8s.io/queue-name': namedObjects('LocalQueue', 'kueue.x-k8s.io'),
    'strimzi.io/cluster': ofStrimzi,
    'k8s.v1.cni.cncf.io/networks': namedObjects('NetworkAttachmentDefinition', 'k8s.cni.cncf.io'),
    'konghq.com/plugins': namedObjects('KongPlugin', 'configuration.konghq.com'),
    'metallb.io/address-pool': namedObjects('IPAddressPool', 'metallb.io'),
    'metallb.universe.tf/address-pool': namedObjects('IPAddressPool', 'metallb.io'),
    'traefik.ingress.kubernetes.io/router.middlewares': middlewares,
  }),
);

/**
 * A KafkaTopic or KafkaUser belongs to a Kafka, and only the operator of that Kafka removes its finalizer; a
 * KafkaConnector belongs to a KafkaConnect. Objects of other groups with this label are what Strimzi made.
 */
function ofStrimzi(value: string, { apiVersion }: KubernetesObject): Wanted[] {
  const group = 'kafka.strimzi.io';
  return groupOf(apiVersion) === group ? ['Kafka', 'KafkaConnect'].map((kind) => ({ kind, name: value, group })) : [];
}

/** `shop-auth@kubernetescrd`: namespace and name in one word, so that each way to divide it is tried. */
function middlewares(value: string): Wanted[] {
  return value.split(',').flatMap((each) => {
    const [word = ''] = each.trim().split('@');
    const dashes = [...word.matchAll(/-/g)].map(({ index }) => index);
    return dashes.map((at) => ({ kind: 'Middleware', namespace: word.slice(0, at), name: word.slice(at + 1) }));
  });
}

/** Known marks, and annotations whose last word is the kind that they name: `cert-manager.io/cluster-issuer`. */
function inAnnotations(object: KubernetesObject, meaningOf: (key: string) => Meaning | undefined, find: Find): Named[] {
  const { annotations = {}, labels = {} } = object.metadata;
  const found: Named[] = [];
  const look = (where: string, key: string, given: unknown, meaning: Meaning | undefined) => {
    const value = textOf(given);
    if (!meaning || value === undefined) return;
    for (const wanted of meaning(value, object)) {
      const to = find(wanted, object);
      if (to) found.push({ to, field: `metadata.${where}[${key}]`, value });
    }
  };
  for (const key in annotations) look('annotations', key, annotations[key], meaningOf(key));
  for (const key in labels) look('labels', key, labels[key], marks.get(key));
  return found;
}

/** The same annotations are on thousands of objects: each is understood once. */
function meaningsIn(world: World): (key: string) => Meaning | undefined {
  const known = new Map<string, Meaning | undefined>();
  return (key) => {
    if (!known.has(key)) known.set(key, marks.get(key) ?? byItsName(key, world));
    return known.get(key);
  };
}

/** Only for kinds of the operator whose domain the annotation has. */
function byItsName(key: string, world: World): Meaning | undefined {
  const [domain = '', word] = key.split('/');
  if (word === undefined || !domain.includes('.') || isBuiltInGroup(domain)) return undefined;
  const kind = word
    .split(/[-.]/)
    .map((part) => part.replace(/^./, (letter) => letter.toUpperCase()))
    .join('');
  for (const each of [kind, kind.replace(/Name$/, '')]) {
    const [first] = world.ofKindInAnyGroup(each);
    const group = first && groupOf(first.apiVersion);
    if (group !== undefined && (group === domain || group.endsWith(`.${domain}`) || domain.endsWith(`.${group}`)))
      return namedObjects(each, group);
  }
  return undefined;
}

/** Whether an object is an owner of another, or an owner of its owners. */
function ancestry(world: World): (object: KubernetesObject, ancestor: ObjectId) => boolean {
  const ownersOf = ({ metadata }: KubernetesObject) =>
    (metadata.ownerReferences ?? []).flatMap(({ uid }) => world.byUid(uid) ?? []);
  return (object, ancestor) => {
    const owners = new Set(ownersOf(object));
    for (const owner of owners) for (const further of ownersOf(owner)) owners.add(further);
    return [...owners].some((owner) => world.idOf(owner) === ancestor);
  };
}
