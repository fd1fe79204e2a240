/** The programs of a release as field managers know them, and which objects they made. */
import { describeId, type ObjectId } from '../objects/identity.ts';
import { isManagerOfKubernetes, isToolOfPeople } from '../objects/managed-fields.ts';
import { isCommonName } from '../objects/programs.ts';
import type { ResidueEvidence } from './receipt.ts';
import type { ReleaseIndex } from './release-facts.ts';
import type { SeenObject, Writer } from './snapshot.ts';

export type Programs = {
  /**
   * Whether a field manager is a program of the release. alone: no other workload that still lives runs a program of
   * that name.
   */
  find(manager: string): { of: ObjectId; says: string; alone: boolean } | undefined;
  /** A name that tells nobody apart, such as `node`: the workload of the release that has a program of this name. */
  common(manager: string): ObjectId | undefined;
  /** No living workload that is not the release's runs a program of this name. */
  isAlone(manager: string): boolean;
  /**
   * A living workload that is not the release's and runs one of its images in a container of the same name: what it
   * wrote may still be needed.
   */
  elsewhere: ObjectId | undefined;
};

/** Where nothing is known of them yet. */
export const noPrograms: Programs = {
  find: () => undefined,
  common: () => undefined,
  isAlone: () => false,
  elsewhere: undefined,
};

/**
 * @param children what was made out of the release's objects, by UID: the programs that run there are the release's
 * @param isServed whether an object was made for a custom resource of a kind that the release defines: who made it is a
 * program of the release, too. For objects of other kinds it may be anybody's operator
 * @param others living workloads that are not the release's
 */
export function programsOfRelease(
  index: Pick<ReleaseIndex, 'programs' | 'commonPrograms' | 'images'>,
  children: readonly SeenObject[],
  isServed: (child: SeenObject) => boolean,
  others: readonly SeenObject[],
): Programs {
  const own = new Map(
    [...index.programs].map(([program, of]) => [program, { of, says: `${describeId(of)} has a program of that name` }]),
  );
  const learn = (name: string, of: ObjectId, says: string) => {
    if (!own.has(name) && !isOfNobody(name) && !isCommonName(name)) own.set(name, { of, says });
  };
  for (const child of children) {
    const { id, programs = [] } = child;
    for (const program of programs) learn(program, id, `${describeId(id)} of the release has a program of that name`);
    for (const manager of isServed(child) ? makersOf(child) : [])
      learn(manager, id, `it made ${describeId(id)}, which belongs to the release`);
  }
  const foreign = new Set(others.flatMap(({ programs = [] }) => programs));
  const common = new Map([
    ...index.commonPrograms,
    ...children.flatMap(({ id, programs = [] }) => programs.filter(isCommonName).map((program) => [program, id] as const)),
  ]);
  const images = new Set([...index.images, ...children.flatMap((child) => child.images ?? [])]);
  const elsewhere = others.find((other) => other.images?.some((image) => images.has(image)))?.id;
  return {
    find(manager) {
      const found = own.get(manager);
      return found && { ...found, alone: !foreign.has(manager) };
    },
    common: (manager) => common.get(manager),
    isAlone: (manager) => !foreign.has(manager),
    elsewhere,
  };
}

/** A tool of people, or a part of Kubernetes: it writes for others. */
export function isOfNobody(manager: string): boolean {
  return isToolOfPeople(manager) || isManagerOfKubernetes(manager);
}

/**
 * Who made the object: the only one that wrote it, or the first. Times are whole seconds: where several wrote in the
 * first one, only a single one that wrote a body counts. Whoever only writes a status or a finalizer has not made it.
 */
export function makersOf({ writers, createdAt }: Pick<SeenObject, 'writers' | 'createdAt'>): string[] {
  const whole = writers.filter(({ subresource, fields }) => subresource === undefined && !areFinalizers(fields));
  const all = managersOf(whole);
  if (all.length === 1) return all;
  const first = whole.filter(({ time }) => time !== undefined && time === createdAt);
  const withBody = managersOf(first.filter(({ fields }) => fields.some((path) => !path.startsWith('metadata.'))));
  const makers = managersOf(first).length > 1 ? withBody : managersOf(first);
  return makers.length === 1 ? makers : [];
}

function areFinalizers(fields: readonly string[]): boolean {
  return fields.length > 0 && fields.every((path) => path.startsWith('metadata.finalizers'));
}

function managersOf(writers: readonly Writer[]): string[] {
  return [...new Set(writers.map(({ manager }) => manager))];
}

export type Maker = {
  manager: string;
  /** Nobody else of that name is there. */
  isOnly: boolean;
  /** The name tells nobody apart. */
  isCommon: boolean;
  evidence: ResidueEvidence;
};

/** The program of the release that made the object. */
export function likelyMaker(object: SeenObject, programs: Programs): Maker | undefined {
  for (const manager of makersOf(object)) {
    if (isOfNobody(manager)) continue;
    const known = programs.find(manager);
    const of = known ? undefined : programs.common(manager);
    const found = known ?? (of && { says: `${describeId(of)} has a program of that name`, alone: programs.isAlone(manager) });
    if (!found) continue;
    const doubt = found.alone ? '' : '; another workload runs a program of that name';
    const says = `field manager ${manager} made it: ${found.says}${doubt}`;
    const evidence: ResidueEvidence = {
      clue: 'manager',
      object: object.id,
      field: 'metadata.managedFields',
      value: manager,
      says,
    };
    return { manager, isOnly: found.alone, isCommon: known === undefined, evidence };
  }
  return undefined;
}
