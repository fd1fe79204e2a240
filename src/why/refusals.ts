/**
 * What refused something, in the API server's own words: events of the object, and conditions that controllers write
 * when they get no further.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shellWord } from '../objects/shell-quote.ts';
import { nameOf } from './backends.ts';
import type { Blocker, Help, Proof } from './blocker.ts';
import { named } from './commands.ts';
import type { WhyContext } from './context.ts';
import { eventsAbout } from './events.ts';
import { deletingSince } from './since.ts';
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
  const base = { kind: 'refusal' as const, object: refOf(object), stuck: true, help: [], because: [] };
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

function refusalIn(proof: Proof, object: KubernetesObject, context: WhyContext): Blocker[] {
  for (const { kind, form, says } of forms) {
    const match = form.exec(proof.says);
    if (!match) continue;
    const [, name = '', second = '', third = ''] = match;
    const words = (kind === 'policy' ? third : second).trim();
    const by = kind === 'policy' ? `ValidatingAdmissionPolicy ${name}` : `webhook ${name}`;
    return [
      {
        kind: kind === 'policy' ? 'refusal' : 'webhook',
        says: `${by} ${says}${words ? `: ${words}` : ''}`,
        object: refOf(object),
        stuck: true,
        evidence: [proof],
        help: kind === 'policy' ? policyHelp(name, second, context) : webhookHelp(name, context),
        because: [],
      },
    ];
  }
  return [];
}

function webhookHelp(name: string, context: WhyContext): Help[] {
  const configuration = configurationsIn(context).find((each) =>
    listOf(each.webhooks).some((webhook) => mapOf(webhook).name === name),
  );
  return configuration ? [withoutWebhook(configuration, context)] : [];
}

export function policyHelp(name: string, binding: string, context: WhyContext): Help[] {
  const policy = context.world.byId(makeId('admissionregistration.k8s.io', 'ValidatingAdmissionPolicy', undefined, name));
  return [
    ...(policy
      ? [{ command: `kubectl get ${named(policy, context)} -o yaml`, loses: 'nothing: it tells what it asks for' }]
      : []),
    {
      command: `kubectl delete ${shellWord(`validatingadmissionpolicybinding/${binding}`)}`,
      loses: 'what the policy keeps from happening, for everything that the binding covers',
    },
  ];
}
