/**
 * A webhook with `failurePolicy: Fail` whose backend is gone refuses every request that it should have judged. While
 * the uninstall runs that stops deletions and the removal of finalizers, which is an UPDATE; when its configuration
 * outlives its backend it stops them for good.
 */
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Refused } from '../play/outcome.ts';
import { type Backend, backendEvidence, backendOf } from './backends.ts';
import { webhookServer } from './examples.ts';
import { hookDeleting } from './finalizer-servers.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, kubectlName, listed, namesOf, seconds, sorted } from './words.ts';

const group = 'admissionregistration.k8s.io';

export const webhookBlocks: Rule = {
  id: 'webhook-blocks',
  name: 'A webhook without backend blocks',
  means: [
    'The API server asks webhooks about deletions and about updates, and removing a finalizer is an update. When nothing answers and `failurePolicy` is `Fail`, which is the default, the request is refused. That happens when the',
    'backend is deleted before the configuration, and lasts when the configuration stays: because it is kept, made by a hook or at run time, or part of another release. Each webhook of a configuration is judged by itself:',
    'its rules, selectors, conditions and policy.',
  ].join(' '),
  fails: {
    says: 'A hook made the configuration, so Helm never deletes it: from now on nobody can make or change a Widget.',
    yaml: webhook('annotations: {helm.sh/hook: "pre-install,pre-upgrade"}, '),
  },
  passes: {
    says: 'The configuration belongs to the release and goes with it.',
    yaml: webhook(''),
  },
  find(input, told) {
    const refusing = Map.groupBy(
      input.play.refused.filter(({ by, id }) => isWebhookConfiguration(by) && !told.has(endOf('left', id))),
      ({ by, webhook: name }) => `${by} ${name ?? ''}`,
    );
    const during = [...refusing.values()].map((those) => refusal(those, input));
    const blocked = new Set(during.flatMap(({ tells }) => tells ?? []));
    return [...during, ...lasting(input, blocked)];
  },
};

function isWebhookConfiguration(id: ObjectId): boolean {
  const parts = parseId(id);
  return parts.group === group && parts.kind.endsWith('WebhookConfiguration');
}

function refusal(cases: readonly Refused[], input: RuleInput): Found {
  const [first] = cases as [Refused, ...Refused[]];
  const { by, webhook: name } = first;
  const ids = sorted(cases.map(({ id }) => id));
  const overcome = cases.every((each) => each.overcome);
  const seen = input.isSeen(by) && cases.some(({ id, overcome: went }) => !went && input.isSeen(id));
  const entry = entryOf(input.world.byId(by), name);
  const backend = entry && backendOf(fieldAt(entry.value, 'clientConfig', 'service'), input);
  const stays = input.left.has(by) || (input.goneAt(by) === undefined && input.calledAt(by) === undefined);
  return {
    severity: overcome ? 'note' : seen ? 'error' : 'warning',
    title: `Webhook ${name ?? describeId(by)} ${overcome ? 'holds up' : 'blocks'} the ${first.verb} of ${namesOf(ids)}: nothing answers behind it`,
    objects: [by, ...ids],
    evidence: [
      input.evidence(
        by,
        `refused ${count(cases.length, 'request')} from ${seconds(first.at)} on: ${first.message}`,
        entry?.field,
        policyOf(entry?.value),
      ),
      ...(backend ? backendEvidence(backend, input) : []),
    ],
    consequence: overcome
      ? 'The requests are repeated and go through once the configuration is gone.'
      : `${first.who} is refused and ${namesOf(ids)} ${ids.length === 1 ? 'stays' : 'stay'}.${stays ? ' The configuration stays too, so it does not get better by itself.' : ''}${seen ? '' : ' It depends on whether there are such objects.'}`,
    remedy: `Delete the configuration before its backend: \`kubectl delete ${kubectlName(by)}\` first. In the chart: restrict its rules to CREATE and UPDATE of what must be judged, or set \`failurePolicy: Ignore\` for DELETE.`,
    tells: [endOf('refused', by), ...(overcome ? [] : ids.map((id) => endOf('left', id)))],
  };
}

type Entry = { value: unknown; field: string };

function entriesOf(configuration: KubernetesObject | undefined): Entry[] {
  return listOf(configuration?.webhooks).map((value, index) => ({ value, field: `webhooks[${index}].failurePolicy` }));
}

function entryOf(configuration: KubernetesObject | undefined, name: string | undefined): Entry | undefined {
  return entriesOf(configuration).find(({ value }) => name !== undefined && fieldAt(value, 'name') === name);
}

/** `admissionregistration.k8s.io/v1`: Fail unless Ignore is written. */
function policyOf(entry: unknown): string {
  return textOf(fieldAt(entry, 'failurePolicy')) ?? 'Fail';
}

/** Configurations that outlive their backend. */
function lasting(input: RuleInput, told: ReadonlySet<string>): Found[] {
  const entries = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']
    .flatMap((kind) => input.world.ofKind(group, kind))
    .flatMap((configuration) => {
      const id = input.world.idOf(configuration);
      if (told.has(endOf('refused', id)) || !outlives(id, input)) return [];
      return entriesOf(configuration).flatMap((entry): Lasting[] => {
        const backend = backendOf(fieldAt(entry.value, 'clientConfig', 'service'), input);
        if (policyOf(entry.value) !== 'Fail' || !backend?.goes || !hasSubjects(entry.value, input)) return [];
        return [{ ...entry, id, backend }];
      });
    });
  // One backend that goes is one cause, however many configurations name it.
  return [...Map.groupBy(entries, ({ backend }) => backend.service).values()].map((those) => left(those, input));
}

type Lasting = Entry & { id: ObjectId; backend: Backend };

/** Whether anything is left that it would judge: not when all kinds of its groups have gone with their definitions. */
function hasSubjects(entry: unknown, input: RuleInput): boolean {
  const groups = listOf(fieldAt(entry, 'rules')).flatMap((rule) => textsOf(fieldAt(rule, 'apiGroups')));
  const crds = input.world.ofKind('apiextensions.k8s.io', 'CustomResourceDefinition');
  return groups.some((each) => {
    const own = crds.filter((crd) => fieldAt(crd, 'spec', 'group') === each);
    return own.length === 0 || own.some((crd) => input.goneAt(input.world.idOf(crd)) === undefined);
  });
}

function outlives(id: ObjectId, input: RuleInput): boolean {
  if (input.left.has(id)) return true;
  const isHook = input.hooks.some((hook) => hook.id === id && !hook.policies.includes('hook-succeeded'));
  if (hookDeleting(id, input, () => [])?.sure) return false;
  if (isHook && input.helm) return !input.live || input.goneAt(id) === undefined;
  return (
    input.goneAt(id) === undefined &&
    input.calledAt(id) === undefined &&
    !input.isDeleted(id) &&
    !input.hooks.some((hook) => hook.id === id)
  );
}

function left(entries: readonly Lasting[], input: RuleInput): Found {
  const [first] = entries as [Lasting, ...Lasting[]];
  const ids = sorted(entries.map(({ id }) => id));
  const judged = [...new Set(entries.flatMap(({ value }) => rulesOf(value)))].sort();
  const supposed = !input.live && !ids.every((id) => input.given.has(id));
  const one = ids.length === 1;
  return {
    severity: supposed ? 'warning' : 'error',
    title: `${namesOf(ids)} ${one ? 'outlives its' : 'outlive their'} backend and ${one ? 'refuses' : 'refuse'} ${listed(judged)} from then on`,
    objects: [...ids, first.backend.service, ...first.backend.workloads],
    evidence: [
      ...entries.map(({ id, value, field }) =>
        input.evidence(
          id,
          `webhook ${textOf(fieldAt(value, 'name')) ?? ''} refuses when nothing answers`,
          field,
          policyOf(value),
        ),
      ),
      ...ids.map((id) => input.evidence(id, whyItStays(id, input))),
      ...backendEvidence(first.backend, input),
    ],
    consequence: `After the uninstall the API server refuses every ${listed(judged)} that the webhook should judge${selectorWords(first.value)}: nothing answers it any more.`,
    remedy: `Delete ${one ? 'it' : 'them'} with the release: \`kubectl delete ${kubectlName(first.id)}\` after the uninstall. In the chart: make it an ordinary template, or delete it in a post-delete hook.`,
    tells: ids.flatMap((id) => [endOf('left', id), endOf('refused', id)]),
  };
}

function whyItStays(id: ObjectId, input: RuleInput): string {
  const left = input.left.get(id)?.because;
  if (input.hooks.some((hook) => hook.id === id)) return 'made by a hook, so no part of the release that an uninstall deletes';
  return left ?? 'not part of what the uninstall deletes';
}

/** `CREATE and UPDATE of pods`. */
function rulesOf(entry: unknown): string[] {
  return listOf(fieldAt(entry, 'rules')).map((rule) => {
    const groups = textsOf(fieldAt(rule, 'apiGroups'));
    const everything = groups.includes('*') || groups.length === 0 ? 'everything' : `everything in ${listed(groups, 4)}`;
    const resources = textsOf(fieldAt(rule, 'resources')).map((each) => (each === '*' || each === '*/*' ? everything : each));
    const operations = textsOf(fieldAt(rule, 'operations')).map((each) => (each === '*' ? 'request' : each));
    return `${listed(operations, 4)} of ${listed(resources, 4)}`;
  });
}

function selectorWords(entry: unknown): string {
  const narrowed = ['namespaceSelector', 'objectSelector'].some((field) => Object.keys(Object(fieldAt(entry, field))).length > 0);
  return narrowed || listOf(fieldAt(entry, 'matchConditions')).length > 0
    ? ', as far as its selectors and conditions let it'
    : '';
}

function webhook(metadata: string): string {
  return `${webhookServer}---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {${metadata}name: widget-webhook}
webhooks:
  - name: widgets.example.com
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: {service: {namespace: shop, name: widget-webhook, path: /validate}}
    rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [widgets]}]
`;
}
