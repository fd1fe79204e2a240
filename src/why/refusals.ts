/** Rejections in the API server's own words, from Events and conditions of an object. */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isHidden } from '../reading/reader.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { nameOf } from './backends.ts';
import type { Blocker, Proof } from './blocker.ts';
import { kubectl, look, named } from './commands.ts';
import type { WhyContext } from './context.ts';
import { deletingSince } from './since.ts';
import { eventsAbout } from './statements.ts';
import { configurationsIn, withoutWebhook } from './webhooks.ts';

/** Of an object that is being deleted; and of any what a dry run was answered. */
export function refusals(object: KubernetesObject, context: WhyContext): Blocker[] {
  const tried = object === context.object ? triedRefusal(object, context) : [];
  if (deletingSince(object) === undefined) return tried;
  const conditions = listOf(fieldAt(object, 'status', 'conditions')).map(mapOf);
  const said: Proof[] = conditions.flatMap(({ type, message }) => {
    const says = textOf(message);
    return says === undefined
      ? []
      : [{ object: nameOf(object), field: `status.conditions[${textOf(type) ?? '?'}].message`, says }];
  });
  const ofProofs = [...said, ...eventsAbout(object, context)].flatMap((proof) => refusalIn(proof, object, context));
  const found = [...tried, ...ofProofs];
  return [...new Map(found.map((blocker) => [blocker.says, blocker])).values()];
}

/** A refusal in words that nobody knows is one all the same. */
function triedRefusal(object: KubernetesObject, context: WhyContext): Blocker[] {
  const { tried } = context;
  if (tried?.answer !== 'refused') return [];
  const says = tried.message ?? '';
  const proof = { object: nameOf(object), field: 'dry run', says };
  const known = refusalIn(proof, object, context);
  if (known.length > 0) return known;
  const base = { kind: 'refusal' as const, object: refOf(object), stuck: true, remedies: [], because: [] };
  return [{ ...base, says: `the API server refuses ${tried.what}: ${says}`, evidence: [proof] }];
}

const forms = [
  { kind: 'webhook', form: /failed calling webhook "([^"]+)": (.{0,200})/, says: 'cannot be called' },
  { kind: 'webhook', form: /admission webhook "([^"]+)" denied the request:? ?(.{0,200})/, says: 'refuses' },
  {
    kind: 'policy',
    form: /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request:? ?(.{0,200})/,
    says: 'refuses',
  },
] as const;

/** Whether these are the words of a webhook or a policy. */
export function isRefusal(text: string): boolean {
  return forms.some(({ form }) => form.test(text));
}

function refusalIn(proof: Proof, object: KubernetesObject, context: WhyContext): Blocker[] {
  return forms.flatMap((form) => refusalAs(form, proof, object, context)).slice(0, 1);
}

function refusalAs(
  { kind, form, says }: (typeof forms)[number],
  proof: Proof,
  object: KubernetesObject,
  context: WhyContext,
): Blocker[] {
  const [match, name = '', second = '', third = ''] = form.exec(proof.says) ?? [];
  const isPolicy = kind === 'policy';
  if (match === undefined || isOver(kind, isPolicy ? second : name, context)) return [];
  const words = (isPolicy ? third : second).trim();
  return [
    {
      kind: isPolicy ? 'refusal' : 'webhook',
      says: `${isPolicy ? 'ValidatingAdmissionPolicy' : 'webhook'} ${name} ${says}${words ? `: ${words}` : ''}`,
      object: refOf(object),
      stuck: true,
      evidence: [proof],
      remedies: isPolicy ? policyRemedies(name, second, context) : webhookRemedies(name, context),
      because: [],
    },
  ];
}

/** Who refused is not registered any more: the words are old. */
function isOver(kind: 'policy' | 'webhook', name: string, context: WhyContext): boolean {
  const wanted = kind === 'policy' ? ['ValidatingAdmissionPolicyBinding'] : webhookKinds;
  const seen = wanted.map((each) => context.kinds.find((info) => info.kind === each && info.group === registration));
  const isSeen = seen.every((info) => info && !isHidden(context.notSeen, `${info.resource}.${registration}`, undefined));
  if (!isSeen) return false;
  if (kind === 'webhook') return webhookOf(name, context) === undefined;
  return context.world.byId(makeId(registration, 'ValidatingAdmissionPolicyBinding', undefined, name)) === undefined;
}

const registration = 'admissionregistration.k8s.io';
const webhookKinds = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'];

function webhookOf(name: string, context: WhyContext): KubernetesObject | undefined {
  return configurationsIn(context).find((each) => listOf(each.webhooks).some((webhook) => mapOf(webhook).name === name));
}

function webhookRemedies(name: string, context: WhyContext): ProposedRemedy[] {
  const configuration = webhookOf(name, context);
  return configuration ? [withoutWebhook(configuration, context)] : [];
}

export function policyRemedies(name: string, binding: string, context: WhyContext): ProposedRemedy[] {
  const policy = context.world.byId(makeId(registration, 'ValidatingAdmissionPolicy', undefined, name));
  return [
    ...(policy ? [look('See what the policy asks for.', 'get', ...named(policy, context), '-o', 'yaml')] : []),
    {
      says: `Delete ValidatingAdmissionPolicyBinding ${binding}.`,
      steps: [kubectl('delete', `validatingadmissionpolicybinding/${binding}`)],
      loses: 'the protection by the policy, for everything that the binding covers',
    },
  ];
}
