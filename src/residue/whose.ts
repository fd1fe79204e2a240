/** Which objects of a snapshot belong to a release: applies the rules, and adds what the objects that they find own. */
import { append } from '../objects/append.ts';
import { describeId, parseId } from '../objects/identity.ts';
import type { Attributed, Look, Rule } from './attributed.ts';
import { withDoubts } from './doubts.ts';
import { isInstalledAgain, isNobodys } from './marks.ts';
import { noPrograms, type Programs, programsOfRelease } from './programs.ts';
import type { ResidueEvidence } from './receipt.ts';
import { byAccount, byBackend, byMaker, byManifest, byMark, byName, byUid, customResource, volumeOfClaim } from './rules.ts';
import type { SeenObject } from './snapshot.ts';

/** By UID: what is in `after`, and what was in `before` and is gone; and the programs of the release. */
export function attributedObjects(given: Pick<Look, 'index' | 'before' | 'after'>): {
  found: ReadonlyMap<string, Attributed>;
  programs: Programs;
} {
  const { before, after, index } = given;
  const all = new Map([...(before?.objects ?? []), ...after.objects]);
  const children = childrenIn(all);
  const found = new Map<string, Attributed>();
  const apply = (rule: Rule, look: Look) => {
    for (const object of all.values()) {
      const each = found.has(object.ref.uid) ? undefined : rule(object, look);
      if (!each) continue;
      found.set(object.ref.uid, each);
      addChildren(found, children, each);
    }
  };
  const isReinstalled = before !== undefined && isInstalledAgain(given, before);
  const look: Look = { ...given, found, programs: noPrograms };
  for (const rule of isReinstalled ? [byUid] : [byUid, byManifest]) apply(rule, look);
  const others = [...after.objects.values()].filter(({ ref }) => !found.has(ref.uid));
  const made = [...found.values()].filter(({ what }) => what === 'child').map(({ object }) => object);
  const isServed = ({ owners }: SeenObject) => owners.some((uid) => isOfOwnKind(all.get(uid), index));
  const programs = programsOfRelease(index, made, isServed, others);
  for (const rule of isReinstalled ? [] : [customResource, byBackend, byAccount, byMaker, byName, byMark])
    apply(rule, { ...look, programs });
  apply(volumeOfClaim, look);
  return { found: withDoubts(found, after), programs };
}

function isOfOwnKind(object: SeenObject | undefined, { definitions }: Look['index']): boolean {
  const { group, kind } = object ? parseId(object.id) : { group: '', kind: '' };
  return definitions.has(`${group}/${kind}`);
}

function childrenIn(all: ReadonlyMap<string, SeenObject>): Map<string, SeenObject[]> {
  const children = new Map<string, SeenObject[]>();
  for (const object of all.values()) for (const owner of object.owners) append(children, owner, object);
  return children;
}

/** A Node owns leases and mirror Pods, a Namespace at times whole operators: neither makes them. */
function addChildren(found: Map<string, Attributed>, children: ReadonlyMap<string, SeenObject[]>, top: Attributed): void {
  if (isNobodys(top.object)) return;
  const open = [top];
  for (let owner = open.pop(); owner !== undefined; owner = open.pop()) {
    for (const child of children.get(owner.object.ref.uid) ?? []) {
      if (found.has(child.ref.uid) || !mayOwn(owner.object, child)) continue;
      const evidence: ResidueEvidence = {
        clue: 'uid',
        object: child.id,
        field: 'metadata.ownerReferences',
        value: owner.object.ref.uid,
        says: `is owned by ${describeId(owner.object.id)}`,
      };
      const made: Attributed = {
        object: child,
        what: 'child',
        confidence: owner.confidence,
        evidence: [evidence, ...owner.evidence],
      };
      found.set(child.ref.uid, made);
      open.push(made);
    }
  }
}

/** An owner in another namespace is none: the garbage collector does not find it. */
function mayOwn({ ref: owner }: SeenObject, { ref: child }: SeenObject): boolean {
  return owner.namespace === undefined || owner.namespace === child.namespace;
}
