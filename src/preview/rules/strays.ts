/**
 * Objects without an owner that a program of the release made while it ran: nothing but marks and field managers shows
 * whose they are.
 */
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import { fieldInGroups } from '../../objects/key-domains.ts';
import { onlyProgramOf, onlyWriterOf } from '../../objects/managed-fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { groupsDefinedBy } from '../../objects/scopes.ts';
import { type Makers, makersIn } from './makers.ts';
import type { RuleInput } from './rule-input.ts';

export type Stray = { id: ObjectId; evidence: readonly FindingEvidence[] };

/** Without an owner, but written by a workload of ours alone: the field manager, a label or a key says by whom. */
export function strays(input: RuleInput): Stray[] {
  const makers = makersIn(input);
  const groups = groupsDefinedBy([...input.given.values()].map(({ object }) => object));
  return input.world.objects.flatMap((object): Stray[] => {
    const id = input.world.idOf(object);
    if (input.given.has(id) || input.goneAt(id) !== undefined || listOf(object.metadata.ownerReferences).length > 0) return [];
    if (ignored.has(object.kind) || isAnsweredElsewhere(object, input)) return [];
    const clue =
      byManager(object, makers, id, input) ?? byLabel(object, makers, id, input) ?? byKey(object, makers, groups, id, input);
    if (clue === undefined) return [];
    return [{ id, evidence: [...clue.evidence, input.evidence(clue.by, 'its name suggests that it created the object')] }];
  });
}

type Clue = { by: ObjectId; evidence: FindingEvidence[] };

function byManager(object: KubernetesObject, makers: Makers, id: ObjectId, input: RuleInput): Clue | undefined {
  const only = onlyWriterOf(object.metadata);
  const by = makers.byOwnName(only, object);
  const says = 'only this program wrote it; it has no owner reference';
  return by && { by, evidence: [input.evidence(id, says, 'metadata.managedFields', only)] };
}

function byLabel(object: KubernetesObject, makers: Makers, id: ObjectId, input: RuleInput): Clue | undefined {
  const label = textOf(object.metadata.labels?.[managedBy]);
  const by = makers.byOwnName(label, object);
  return (
    by && {
      by,
      evidence: [
        input.evidence(id, 'labelled as created by it; it has no owner reference', `metadata.labels[${managedBy}]`, label),
      ],
    }
  );
}

const managedBy = 'app.kubernetes.io/managed-by';

/**
 * Its only writer has a name such as `controller`, which proves nothing; but it also has a key in a domain of the
 * release's own kinds. People write such keys too, with tools of theirs.
 */
function byKey(
  object: KubernetesObject,
  makers: Makers,
  groups: ReadonlySet<string>,
  id: ObjectId,
  input: RuleInput,
): Clue | undefined {
  const only = onlyProgramOf(object.metadata);
  const by = makers.byAnyName(only, object);
  const field = by === undefined ? undefined : fieldInGroups(object.metadata, groups);
  if (by === undefined || field === undefined) return undefined;
  return {
    by,
    evidence: [
      input.evidence(id, `only program ${only} wrote it; it has no owner reference`, 'metadata.managedFields', only),
      input.evidence(id, 'the key lies in the API group of a definition of the release', field),
    ],
  };
}

/**
 * A webhook or an APIService that calls a Service outside of this uninstall belongs to others, even if a program of the
 * release wrote it.
 */
function isAnsweredElsewhere(object: KubernetesObject, input: RuleInput): boolean {
  const services = [
    ...listOf(object.webhooks).map((each) => fieldAt(each, 'clientConfig', 'service')),
    fieldAt(object, 'spec', 'service'),
  ];
  return services.some((service) => {
    const [namespace, name] = [textOf(fieldAt(service, 'namespace')), textOf(fieldAt(service, 'name'))];
    return namespace !== undefined && name !== undefined && !input.given.has(makeId('', 'Service', namespace, name));
  });
}

const ignored = new Set([
  'Event',
  'Lease',
  'Endpoints',
  'EndpointSlice',
  'Node',
  'ControllerRevision',
  'Pod',
  'ReplicaSet',
  'Namespace',
]);
