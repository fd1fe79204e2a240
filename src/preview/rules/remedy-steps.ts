/** The steps that remedies of rules are built from. A step is data; only the reports put it into words. */
import { hookAnnotation, policyAnnotation, weightAnnotation } from '../../knowledge/hooks.ts';
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { helmResourcePolicyAnnotation } from '../../objects/names.ts';
import type { AdviceStep, ChangeStep, CommandStep, ProposedRemedy, Unplayable } from '../../remedies/remedy.ts';
import { resourceName } from './delete-first.ts';
import type { RuleInput } from './rule-input.ts';
import { sorted } from './words.ts';

type When = CommandStep['when'];

export function run(when: When, ...argv: CommandStep['argv']): CommandStep {
  return { do: 'run', when, argv };
}

/** A command that only shows something. */
export function look(when: When, ...argv: CommandStep['argv']): CommandStep {
  return { do: 'run', when, argv, looks: true };
}

export function advise(why: Unplayable, says: string): AdviceStep {
  return { do: 'advise', says, why };
}

export function change(object: ObjectId, ...set: ChangeStep['set'][number][]): ChangeStep {
  return { do: 'change', object, set };
}

/** `undefined` removes an annotation. */
export function annotate(object: ObjectId, annotations: Readonly<Record<string, string | undefined>>): ChangeStep {
  const set = Object.entries(annotations).map(([name, value]) => ({ path: ['metadata', 'annotations', name], value }));
  return change(object, ...set);
}

/** Helm leaves it where it is. */
export function keepAll(ids: readonly ObjectId[]): ChangeStep[] {
  return ids.map((id) => annotate(id, { [helmResourcePolicyAnnotation]: 'keep' }));
}

/** No hook any more: it is installed and deleted with the release. */
export function makeOrdinary(id: ObjectId, { given }: Pick<RuleInput, 'given'>): ChangeStep {
  const written = given.get(id)?.object.metadata.annotations ?? {};
  const ofHooks = [hookAnnotation, weightAnnotation, policyAnnotation].filter((name) => written[name] !== undefined);
  return annotate(id, Object.fromEntries(ofHooks.map((name) => [name, undefined])));
}

/** One command for each kind and namespace, so that each names exactly these. */
export function kubectlDelete(when: When, ids: readonly ObjectId[], input: Pick<RuleInput, 'world'>): CommandStep[] {
  return [...byPlace(ids, input).values()].map((those) => run(when, 'kubectl', 'delete', ...named(those, input)));
}

/** The same, in the order in which they need each other, and waiting for what was made out of them. */
export function bookendDelete(when: When, ids: readonly ObjectId[], input: Pick<RuleInput, 'world'>): CommandStep[] {
  const byNamespace = Map.groupBy(sorted(ids), (id) => parseId(id).namespace ?? '');
  return [...byNamespace.values()].map((those) => run(when, 'bookend', 'delete', ...named(those, input)));
}

/** What an object waits for. */
export function bookendWhy(when: When, id: ObjectId, input: Pick<RuleInput, 'world'>): CommandStep {
  return look(when, 'bookend', 'why', ...named([id], input));
}

/** `widgets.example.com/a widgets.example.com/b -n shop`. A name that begins with a dash is no flag in this form. */
export function named(ids: readonly ObjectId[], input: Pick<RuleInput, 'world'>): string[] {
  const namespace = ids.map((id) => parseId(id).namespace).find((each) => each !== undefined);
  return [
    ...ids.map((id) => `${resourceName(id, input)}/${parseId(id).name}`),
    ...(namespace === undefined ? [] : ['-n', namespace]),
  ];
}

function byPlace(ids: readonly ObjectId[], input: Pick<RuleInput, 'world'>): Map<string, ObjectId[]> {
  return Map.groupBy(sorted(ids), (id) => `${resourceName(id, input)} ${parseId(id).namespace ?? ''}`);
}

/** `helm uninstall shop -n shop …`; of a chart nobody knows the release yet. */
export function helmUninstall({ subject }: Pick<RuleInput, 'subject'>, ...flags: string[]): CommandStep {
  return ofRelease(subject, (name, namespace) => run('instead', 'helm', 'uninstall', name, '-n', namespace, ...flags));
}

/** Shows with the live cluster what manifests alone cannot. Files are named as they were; they are of no release. */
export function previewLive({ subject }: Pick<RuleInput, 'subject'>, shows: string): ProposedRemedy {
  const { flags, namespace } = subject;
  if (flags !== undefined)
    return {
      says: `Preview the files together with the cluster that they were applied to, before the deletion: that ${shows}.`,
      steps: [look('before', 'bookend', 'preview', ...flags, '--live', '-n', namespace)],
    };
  return {
    says: `Preview the release on its cluster, before the uninstall: that ${shows}.`,
    steps: [ofRelease(subject, (name, where) => look('before', 'bookend', 'preview', name, '-n', where))],
  };
}

/**
 * A chart and files have no release yet: what it will be called, only the reader knows; and where it will be, unless a
 * namespace was given.
 */
function ofRelease(
  { from, name, namespace }: RuleInput['subject'],
  commandFor: (release: string, namespace: string) => CommandStep,
): CommandStep {
  if (from === 'release') return commandFor(name, namespace);
  const replace = { RELEASE: 'the name of the release' };
  if (namespace !== 'default') return { ...commandFor('RELEASE', namespace), replace };
  return { ...commandFor('RELEASE', 'NAMESPACE'), replace: { ...replace, NAMESPACE: 'its namespace' } };
}

/** The way out on the day of the uninstall. */
export function withoutHooks(input: Pick<RuleInput, 'subject'>): ProposedRemedy {
  return {
    says: 'On the day of the uninstall, leave the hooks out.',
    steps: [helmUninstall(input, '--no-hooks')],
    loses: 'everything that the hooks clean up',
  };
}
