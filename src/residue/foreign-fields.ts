/**
 * What a release wrote into objects of others: labels and annotations of Nodes and Namespaces, finalizers, taints, CA
 * bundles. The API server records who wrote which field, though not the value, and a list such as the taints of a Node
 * only as a whole.
 */
import type { Confidence } from '../knowledge/confidence.ts';
import type { Serving } from '../knowledge/serving/server.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import { isKeyOfGroup } from '../objects/key-domains.ts';
import { isNameless } from '../objects/managed-fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCommonName } from '../objects/programs.ts';
import { isOfNobody, type Programs } from './programs.ts';
import type { Field, ResidueEvidence } from './receipt.ts';
import type { ReleaseIndex } from './release-facts.ts';
import type { SeenObject } from './snapshot.ts';

export type ForeignField = {
  object: SeenObject;
  what: 'finalizer' | 'field';
  field: Field;
  program: string;
  confidence: Confidence;
  evidence: readonly ResidueEvidence[];
};

export type WhoWrote = {
  index: ReleaseIndex;
  programs: Programs;
  serving: Serving;
  /** Whether an object is the release's, so that who serves something counts. */
  isOurs(id: ObjectId): boolean;
};

/** Fields of one object that is not the release's. */
export function foreignFieldsOf(object: SeenObject, who: WhoWrote): ForeignField[] {
  const found = object.writers.flatMap(({ manager, subresource, fields }) => {
    if (subresource === 'status' || (isOfNobody(manager) && !isNameless(manager))) return [];
    return fields.flatMap((path) => fieldOf(object, path, manager, who) ?? []);
  });
  return [...new Map(found.map((each) => [each.field.path, each])).values()];
}

function fieldOf(object: SeenObject, path: string, manager: string, who: WhoWrote): ForeignField | undefined {
  const key = keyIn(path);
  if (key?.map === 'finalizers' && !object.finalizers.includes(key.name)) return undefined;
  const clues = cluesOf({ object, path, name: key?.name, manager }, who);
  if (clues === undefined) return undefined;
  const what = key?.map === 'finalizers' ? ('finalizer' as const) : ('field' as const);
  return { object, what, field: asField(object, path, key), program: manager, ...clues };
}

type Clues = { confidence: Confidence; evidence: ResidueEvidence[] };

type Written = { object: SeenObject; path: string; name: string | undefined; manager: string };

function cluesOf(written: Written, who: WhoWrote): Clues | undefined {
  return byProgram(written, who) ?? byMention(written, who) ?? byServer(written, who) ?? byDomain(written, who);
}

function byProgram(written: Written, { index, programs }: WhoWrote): Clues | undefined {
  const program = programs.find(written.manager);
  if (!program) return undefined;
  const mentioned = mentionOf(written, index);
  const doubt = program.alone ? '' : '; another workload runs a program of that name';
  const confidence = program.alone || mentioned.length > 0 ? 'likely' : 'possible';
  return { confidence, evidence: [wrote(written, `: ${program.says}${doubt}`), ...mentioned] };
}

/**
 * The release's manifests name the very key. That they name it is no proof that they write it: where the writer has a
 * name of its own that is none of the release's programs, it may be another program, whose labels the release reads.
 */
function byMention(written: Written, { index, programs }: WhoWrote): Clues | undefined {
  const mentioned = mentionOf(written, index);
  if (mentioned.length === 0) return undefined;
  const evidence = [wrote(written, commonly(written.manager, programs)), ...mentioned];
  const { elsewhere } = programs;
  if (elsewhere === undefined) return { confidence: hasOwnName(written) ? 'possible' : 'likely', evidence };
  const says = 'runs a container of the release, is not of it, and may need this';
  return { confidence: 'possible', evidence: [...evidence, { clue: 'name', object: elsewhere, says }] };
}

/** `node` and `manager` stand for any program. */
function hasOwnName({ manager }: Written): boolean {
  return !isCommonName(manager) && !isNameless(manager);
}

/** Only keys with a domain are long enough to be nobody else's. */
function mentionOf({ name }: Written, index: ReleaseIndex): ResidueEvidence[] {
  const mention = name?.includes('/') ? index.mentions(name) : undefined;
  return mention && name !== undefined
    ? [{ clue: 'mention', object: mention.object, field: mention.field, value: name, says: 'names this key' }]
    : [];
}

function byServer(written: Written, { serving, isOurs }: WhoWrote): Clues | undefined {
  const { object, path, name = '', manager } = written;
  if (hasOwnName(written)) return undefined;
  const server = path.startsWith('metadata.finalizers[') ? serverOf(object, name, manager, serving, isOurs) : undefined;
  return server && { confidence: server.confidence, evidence: [wrote(written, ''), server.evidence] };
}

function byDomain(written: Written, { index, programs }: WhoWrote): Clues | undefined {
  const { name = '' } = written;
  const group = [...index.groups].find((each) => isKeyOfGroup(name, each));
  const definition = [...index.definitions].find(([kind]) => kind.startsWith(`${group}/`))?.[1];
  if (group === undefined || definition === undefined) return undefined;
  const says = `the key lies in the API group ${group} of this definition`;
  const evidence: ResidueEvidence[] = [
    wrote(written, commonly(written.manager, programs)),
    { clue: 'name', object: definition, says },
  ];
  return { confidence: 'possible', evidence };
}

function wrote({ object, path, manager }: Written, more: string): ResidueEvidence {
  const says = `field manager ${manager} has set ${path}${more}`;
  return { clue: 'manager', object: object.id, field: 'metadata.managedFields', value: manager, says };
}

/** A name such as `node` or `manager` is no proof, yet it fits. */
function commonly(manager: string, programs: Programs): string {
  const of = programs.common(manager);
  return of === undefined ? '' : `, as a program of ${describeId(of)} is called, and many others`;
}

function serverOf(
  { id, ref }: SeenObject,
  finalizer: string,
  manager: string,
  serving: Serving,
  isOurs: WhoWrote['isOurs'],
): { confidence: Confidence; evidence: ResidueEvidence } | undefined {
  const fieldsV1 = { 'f:metadata': { 'f:finalizers': { [`v:${JSON.stringify(finalizer)}`]: {} } } };
  const { apiVersion, kind, name, namespace } = ref;
  const asObject: KubernetesObject = {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      finalizers: [finalizer],
      managedFields: [{ manager, fieldsV1 }],
    },
  };
  const servers = serving.serversOfFinalizer(finalizer, asObject);
  if (servers === 'kubernetes') return undefined;
  const server = servers.find(({ workload }) => isOurs(workload));
  if (!server) return undefined;
  const [first] = server.evidence;
  const says = `${describeId(server.workload)} served finalizer ${finalizer} of ${describeId(id)}${first ? `: ${first.object} ${first.says}` : ''}`;
  const confidence = server.confidence === 'certain' ? 'likely' : server.confidence;
  return { confidence, evidence: { clue: 'manager', object: server.workload, says } };
}

const maps = ['labels', 'annotations', 'finalizers'] as const;
type Key = { map: (typeof maps)[number]; name: string };

/** `metadata.labels[example.com/ready]`, and `metadata.labels.ready`. */
function keyIn(path: string): Key | undefined {
  const [, map, inBrackets, plain] = /^metadata\.(labels|annotations|finalizers)(?:\[(.*)\]|\.(.*))$/.exec(path) ?? [];
  const name = inBrackets ?? plain;
  const known = maps.find((each) => each === map);
  return known !== undefined && name !== undefined ? { map: known, name } : undefined;
}

function asField(object: SeenObject, path: string, key: Key | undefined): Field {
  const pointer = pointerOf(object, path, key);
  const value = key?.map === 'labels' ? object.labels[key.name] : undefined;
  return { path, ...(pointer !== undefined && { pointer }), ...(value !== undefined && { value }) };
}

/** Undefined where the path leads through a list whose items are known by their keys: their positions may change. */
function pointerOf(object: SeenObject, path: string, key: Key | undefined): string | undefined {
  if (key?.map === 'finalizers') return `/metadata/finalizers/${object.finalizers.indexOf(key.name)}`;
  if (key) return `/metadata/${key.map}/${escaped(key.name)}`;
  return path.includes('[') ? undefined : `/${path.split('.').map(escaped).join('/')}`;
}

function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
