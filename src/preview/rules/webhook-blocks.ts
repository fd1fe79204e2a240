/**
 * A webhook with `failurePolicy: Fail` whose backend is gone refuses every request that it should have judged. While
 * the uninstall runs that stops deletions and the removal of finalizers, which is an UPDATE; when its configuration
 * outlives its backend it stops them for good.
 */
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { selects } from '../../objects/selectors.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import type { Refused } from '../play/outcome.ts';
import { withAskedRules } from './asked-operations.ts';
import { type Backend, backendEvidence, backendOf } from './backends.ts';
import { documents, webhookServer } from './examples.ts';
import { hookDeleting } from './hook-reach.ts';
import { change, kubectlDelete, makeOrdinary } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, count, listed, namesOf, seconds, sorted } from './words.ts';

const group = 'admissionregistration.k8s.io';

export const meta: RuleMeta = {
  id: 'webhook-blocks',
  name: 'A webhook without backend blocks',
  means: [
    'The API server asks webhooks about deletions and about updates, and removing a finalizer is an update. When nothing answers and `failurePolicy` is `Fail`, which is the default, the API server refuses the request. That happens when the',
    'backend is deleted before the configuration, and lasts when the configuration stays: because it is kept, created by a hook or at run time, or part of another release. Each webhook of a configuration is judged by itself:',
    'its rules, selectors, conditions and policy. Helm 3 deletes configurations after their backends, Helm 4 before everything else.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['kind-not-served', 'permissions-before-pods'],
  fails: {
    says: 'A hook created the configuration, so Helm never deletes it: after the uninstall nobody can create or change a Widget.',
    yaml: webhook(', annotations: {helm.sh/hook: "pre-install,pre-upgrade"}'),
  },
  passes: {
    says: 'The configuration belongs to the release and goes with it.',
    yaml: webhook(''),
  },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const refused = input.play.refused.filter(({ by, id }) => isWebhookConfiguration(by) && !isExplained('left', id));
  const byWebhook = Map.groupBy(refused, ({ by, webhook: name }) => `${by} ${name ?? ''}`);
  const refusing = new Set(refused.map(({ by }) => by));
  return [
    ...[...byWebhook.values()].map((those) => refusal(those, input)),
    ...lasting(input, refusing),
    ...late(input, refusing),
  ];
}

function isWebhookConfiguration(id: ObjectId): boolean {
  const parts = parseId(id);
  return parts.group === group && parts.kind.endsWith('WebhookConfiguration');
}

function refusal(cases: readonly Refused[], input: RuleInput): Found {
  const [first] = cases as [Refused, ...Refused[]];
  const { by, webhook: name } = first;
  const ids = sorted(cases.map(({ id }) => id));
  const seen = input.isSeen(by) && cases.some(({ id, overcome }) => !overcome && input.isSeen(id));
  const entry = entryOf(input.world.byId(by), name);
  const backend = entry && backendOf(fieldAt(entry.value, 'clientConfig', 'service'), input);
  const overcome = cases.every((each) => each.overcome);
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
    consequence: overcome ? 'The requests succeed later, once the configuration is gone.' : refusalHarm(first, ids, seen, input),
    remedies: [deleteBefore([by], input), ...(entry && input.given.has(by) ? [ignoring([{ ...entry, id: by }])] : [])],
    explains: ends('left', overcome ? [] : ids),
  };
}

function refusalHarm({ who, by }: Refused, ids: readonly ObjectId[], seen: boolean, input: RuleInput): string {
  const stays = input.left.has(by) || (input.goneAt(by) === undefined && input.calledAt(by) === undefined);
  return [
    `${namesOf(ids)} ${agree(ids, 'stays', 'stay')}: the API server refuses ${who}.`,
    ...(stays ? ['The configuration stays too, so this does not end by itself.'] : []),
    ...(seen ? [] : ['It depends on whether such objects exist.']),
  ].join(' ');
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

/** Configurations that outlive their backend, without those that refused something already. */
function lasting(input: RuleInput, refusing: ReadonlySet<ObjectId>): Found[] {
  const entries = refusingAlone(input).filter(({ id }) => !refusing.has(id) && outlives(id, input));
  // One backend that goes is one cause, however many configurations name it.
  return [...Map.groupBy(entries, ({ backend }) => backend.service).values()].map((those) => left(those, input));
}

/** Configurations that go with the release, but after their backend: in between they refuse deletions and updates. */
function late(input: RuleInput, refusing: ReadonlySet<ObjectId>): Found[] {
  const entries = refusingAlone(input).filter(({ id, value, backend }) => {
    const [calledAt, goneAt = Infinity] = [input.calledAt(id), input.goneAt(id)];
    const isLate = calledAt !== undefined && backend.at !== undefined && backend.at < Math.min(calledAt, goneAt);
    return isLate && !refusing.has(id) && !input.left.has(id) && judgesChanges(value);
  });
  return [...Map.groupBy(entries, ({ backend }) => backend.service).values()].map((those) => comingLate(those, input));
}

/** Webhooks that refuse when nothing answers, whose backend goes, with something left that they would judge. */
function refusingAlone(input: RuleInput): Lasting[] {
  return ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']
    .flatMap((kind) => input.world.ofKind(group, kind))
    .flatMap((configuration) =>
      entriesOf(configuration).flatMap((entry): Lasting[] => {
        const backend = backendOf(fieldAt(entry.value, 'clientConfig', 'service'), input);
        if (policyOf(entry.value) !== 'Fail' || !backend?.goes) return [];
        const value = withAskedRules(entry.value, input);
        return hasSubjects(value, input) ? [{ ...entry, value, id: input.world.idOf(configuration), backend }] : [];
      }),
    );
}

/** What an uninstall asks for: deletions, and the removal of finalizers, which is an update. */
function judgesChanges(entry: unknown): boolean {
  return listOf(fieldAt(entry, 'rules')).some((rule) =>
    textsOf(fieldAt(rule, 'operations')).some((operation) => ['UPDATE', 'DELETE', '*'].includes(operation)),
  );
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
  if (hookDeleting(id, input, ['pre-delete', 'post-delete'])?.sure) return false;
  if (isHook && input.helm) return input.goneAt(id) === undefined;
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
  const { namespace } = input.subject;
  const onlyHere = input.scenario.tool === 'namespace' && entries.every(({ value }) => judgesOnly(namespace, value));
  const again = onlyHere ? ` It depends on whether Namespace ${namespace} is created again: the webhook judges no other.` : '';
  return {
    severity: supposed || onlyHere ? 'warning' : 'error',
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
    consequence: `After the uninstall the API server refuses every ${listed(judged)} that the webhook should check${selectorWords(first.value)}, because nothing answers it any more.${again}`,
    remedies: [
      ...(input.scenario.tool === 'helm4' && ids.every((id) => input.hooks.some((hook) => hook.id === id))
        ? [
            {
              says: `Make ${one ? 'it' : 'them'} part of the release, so that Helm deletes ${one ? 'it' : 'them'}.`,
              steps: ids.map((id) => makeOrdinary(id, input)),
            },
          ]
        : []),
      {
        says: `Delete ${one ? 'it' : 'them'} after the uninstall.`,
        steps: kubectlDelete('after', ids, input),
        loses: 'what the webhook checks, which nothing answers any more',
      },
    ],
    explains: ends('left', ids),
  };
}

/** By the label with its name that every namespace has. */
function judgesOnly(namespace: string, webhook: unknown): boolean {
  const selector = fieldAt(webhook, 'namespaceSelector');
  const label = 'kubernetes.io/metadata.name';
  const isSelected = (name: string) => selects(selector, { [label]: name });
  const named = listOf(fieldAt(selector, 'matchExpressions')).flatMap((each) => textsOf(fieldAt(each, 'values')));
  const names = [namespace, ...named, textOf(fieldAt(selector, 'matchLabels', label)) ?? namespace];
  const isClusterWide = listOf(fieldAt(webhook, 'rules')).every((rule) => fieldAt(rule, 'scope') === 'Cluster');
  // A name that nobody has: a selector that takes it takes others too.
  return !isClusterWide && !isSelected('') && names.every((name) => isSelected(name) === (name === namespace));
}

/** Removing a finalizer is an update. */
function harmIn(entries: readonly Lasting[]): string {
  const operations = new Set(
    entries.flatMap(({ value }) => listOf(fieldAt(value, 'rules')).flatMap((rule) => textsOf(fieldAt(rule, 'operations')))),
  );
  const has = (operation: string) => operations.has(operation) || operations.has('*');
  const harmed = [...(has('DELETE') ? ['deletions'] : []), ...(has('UPDATE') ? ['the removal of finalizers'] : [])];
  return harmed.length === 0 ? '' : `, also ${listed(harmed)}`;
}

function comingLate(entries: readonly Lasting[], input: RuleInput): Found {
  const [first] = entries as [Lasting, ...Lasting[]];
  const ids = sorted(entries.map(({ id }) => id));
  const judged = [...new Set(entries.flatMap(({ value }) => rulesOf(value)))].sort();
  return {
    severity: 'warning',
    title: `${namesOf(ids)} ${agree(ids, 'goes', 'go')} after ${agree(ids, 'its', 'their')} backend and ${agree(ids, 'refuses', 'refuse')} every ${listed(judged)} until then`,
    objects: [...ids, first.backend.service, ...first.backend.workloads],
    evidence: [
      ...entries.map(({ id, value, field }) =>
        input.evidence(
          id,
          `webhook ${textOf(fieldAt(value, 'name')) ?? ''} refuses when nothing answers; deleted at ${seconds(input.calledAt(id) ?? 0)}`,
          field,
          policyOf(value),
        ),
      ),
      ...backendEvidence(first.backend, input),
    ],
    consequence: `Between the two deletions the API server refuses every ${listed(judged)}${selectorWords(first.value)}${harmIn(entries)}; if the uninstall is interrupted in between, it does so until somebody deletes the configuration. It depends on whether anything is deleted or changed in that time.${input.scenario.tool === 'helm3' ? ' Helm 4 deletes webhook configurations first.' : ''}`,
    remedies: [deleteBefore(ids, input), ...(ids.every((id) => input.given.has(id)) ? [ignoring(entries)] : [])],
  };
}

function deleteBefore(ids: readonly ObjectId[], input: RuleInput): ProposedRemedy {
  return {
    says: `Delete ${agree(ids, 'the configuration', 'the configurations')} before the backend.${
      input.scenario.tool === 'kubectl' ? ' The uninstall then needs --ignore-not-found to exit with 0.' : ''
    }`,
    steps: kubectlDelete('before', ids, input),
    loses: 'what the webhook checks, until the uninstall is over',
  };
}

/** A webhook that does not answer is passed over. */
function ignoring(entries: readonly (Entry & { id: ObjectId })[]): ProposedRemedy {
  return {
    says: 'In the manifests, let requests pass while the webhook does not answer.',
    steps: entries.map(({ id, field }) => {
      const [, index = '0'] = /\[(\d+)\]/.exec(field) ?? [];
      return change(id, { path: ['webhooks', Number(index), 'failurePolicy'], value: 'Ignore' });
    }),
    loses: 'the checks while the backend is down',
  };
}

function whyItStays(id: ObjectId, input: RuleInput): string {
  const left = input.left.get(id)?.because;
  if (input.hooks.some((hook) => hook.id === id))
    return 'created by a hook, so not part of the release that an uninstall deletes';
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
  return documents(
    webhookServer,
    `apiVersion: ${group}/v1
kind: ValidatingWebhookConfiguration
metadata: {name: widget-webhook${metadata}}
webhooks:
  - name: widgets.example.com
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: {service: {namespace: shop, name: widget-webhook, path: /validate}}
    rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [widgets]}]
`,
  );
}
