/**
 * Admission webhooks that a request would call and that cannot answer: with `failurePolicy: Fail` the API server
 * rejects the request. The removal of a finalizer is an UPDATE, so a dead webhook holds objects as a dead controller
 * does. The answer of a running webhook cannot be computed.
 */
import { fieldAt, listOf, mapOf, textOf, textsOf } from '../objects/fields.ts';
import { groupOf, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { selects } from '../objects/selectors.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { attemptOf, type Operation } from './attempts.ts';
import { backendOf, nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import { deleteObject } from './commands.ts';
import type { WhyContext } from './context.ts';

const registration = 'admissionregistration.k8s.io';

export function deadWebhooks(object: KubernetesObject, operation: Operation, context: WhyContext): Blocker[] {
  // The API server asks no webhook about the registration of webhooks and policies, so that a dead one can always be
  // removed.
  if (groupOf(object.apiVersion) === registration) return [];
  return configurationsIn(context).flatMap((configuration) =>
    listOf(configuration.webhooks).flatMap((webhook, index) => {
      if (fieldAt(webhook, 'failurePolicy') === 'Ignore' || !catches(webhook, object, operation, context)) return [];
      const meant = context.trial.conditionsOf(webhook, attemptOf(object, operation, context));
      if (meant === false) return [];
      const backend = backendOf(fieldAt(webhook, 'clientConfig', 'service'), context);
      return backend.state === 'dead'
        ? [deadWebhook(configuration, webhook, { index, operation, isSure: meant === true }, backend, context)]
        : [];
    }),
  );
}

export function configurationsIn({ world }: WhyContext): KubernetesObject[] {
  return ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].flatMap((kind) => world.ofKind(registration, kind));
}

/** What deleting the registration costs, beside repairing its backend. */
export function withoutWebhook(configuration: KubernetesObject, context: WhyContext): ProposedRemedy {
  const loses =
    'what its webhooks check or fill in, for everybody, until it is installed again, and the objects whose deletion it blocks';
  return deleteObject(configuration, context, loses);
}

function deadWebhook(
  configuration: KubernetesObject,
  webhook: unknown,
  { index, operation, isSure }: { index: number; operation: Operation; isSure: boolean },
  backend: ReturnType<typeof backendOf>,
  context: WhyContext,
): Blocker {
  const name = textOf(fieldAt(webhook, 'name')) ?? `webhooks[${index}]`;
  const object = nameOf(configuration);
  const what = operation === 'UPDATE' ? 'refuses the removal of finalizers (an UPDATE)' : 'refuses the deletion';
  return {
    kind: 'webhook',
    says: `webhook ${name} of ${object} ${what}${isSure ? '' : ', if its matchConditions hold'}: ${backend.says}`,
    object: refOf(configuration),
    stuck: true,
    evidence: [
      {
        object,
        field: `webhooks[${index}].failurePolicy`,
        value: textOf(fieldAt(webhook, 'failurePolicy')) ?? 'Fail',
        says: 'the API server rejects the request if the webhook does not answer',
      },
      ...backend.evidence,
    ],
    remedies: [...backend.remedies, withoutWebhook(configuration, context)],
    because: [],
  };
}

function catches(webhook: unknown, object: KubernetesObject, operation: Operation, context: WhyContext): boolean {
  const selector = (field: string) => fieldAt(webhook, field) ?? {};
  return (
    listOf(fieldAt(webhook, 'rules')).some((rule) => isMeant(rule, object, operation, context)) &&
    selects(selector('objectSelector'), object.metadata.labels ?? {}) &&
    (namespaceLabels(object, context) === undefined ||
      selects(selector('namespaceSelector'), namespaceLabels(object, context) ?? {}))
  );
}

/** Versions are not compared: with the default `matchPolicy: Equivalent` a rule catches its resource at any of them. */
function isMeant(rule: unknown, object: KubernetesObject, operation: Operation, { kinds }: WhyContext): boolean {
  const group = groupOf(object.apiVersion);
  const kind = kinds.find((each) => each.group === group && each.kind === object.kind);
  const has = (field: string, ...wanted: string[]) => textsOf(fieldAt(rule, field)).some((entry) => wanted.includes(entry));
  const scope = textOf(mapOf(rule).scope) ?? '*';
  const isScope = scope === '*' || (scope === 'Namespaced') === (object.metadata.namespace !== undefined);
  return (
    kind !== undefined &&
    isScope &&
    has('operations', '*', operation) &&
    has('apiGroups', '*', group) &&
    has('resources', '*', '*/*', kind.resource)
  );
}

/** For a Namespace its own labels count; objects without a namespace are caught whatever the selector says. */
function namespaceLabels(object: KubernetesObject, { world }: WhyContext): Record<string, string> | undefined {
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') return object.metadata.labels ?? {};
  const { namespace } = object.metadata;
  if (namespace === undefined) return undefined;
  return (
    world.byId(makeId('', 'Namespace', undefined, namespace))?.metadata.labels ?? { 'kubernetes.io/metadata.name': namespace }
  );
}
