/**
 * A hook whose Pod fits on no node: an uninstall is often needed when the cluster is in no good state, and what broke
 * the nodes may be what is uninstalled.
 */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, listOf, textMapOf, textOf } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isTolerated, isWanted, missingLabel, type Taint, taintsOf } from '../../objects/scheduling.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hasFailed, hookRuns } from './hook-runs.ts';
import { change, withoutHooks } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, listed, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-unschedulable',
  name: 'A hook finds no node',
  means: [
    'The Pod of a hook is scheduled like any other: node selectors, affinity and taints can leave it without a node, and Helm waits until its time-out. Charts of networks, storage and device drivers tolerate the taints that their',
    'absence causes, but the hook that removes them often does not.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['hook-lacks-rights'],
  fails: {
    says: 'The selector asks for nodes with a label that a cluster may not have.',
    yaml: hookExample({ podSpec: 'nodeSelector: {example.com/pool: system}' }),
  },
  passes: {
    says: 'Every node has this label, and every taint is tolerated.',
    yaml: hookExample({ podSpec: 'nodeSelector: {kubernetes.io/os: linux}' }).replace(
      'restartPolicy: Never',
      'restartPolicy: Never\n      tolerations: [{operator: Exists}]',
    ),
  },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const nodes = input.live ? input.world.ofKind('', 'Node') : [];
  return hookRuns(input).flatMap((run) => {
    if (isExplained('hook', run.hook.id)) return [];
    return nodes.length > 0 ? onNodes(run, nodes, input) : onUnknownNodes(run, input);
  });
}

function onNodes(run: HookRun, nodes: readonly KubernetesObject[], input: RuleInput): Found[] {
  const reasons = nodes.map((node) => refusalOf(run, node));
  if (reasons.some((reason) => reason === undefined)) return [];
  const { hook } = run;
  return [
    {
      severity: hasFailed(run) ? 'error' : 'warning',
      title: `Hook ${describeId(hook.id)} fits on none of the ${count(nodes.length, 'node')}`,
      objects: [hook.id],
      evidence: [
        ...selectorEvidence(run, input),
        ...nodes.slice(0, 5).map((node, index) => input.evidence(input.world.idOf(node), reasons[index] ?? '')),
      ],
      consequence: `The uninstall fails at the time-out of Helm before anything is deleted: the Pod of the hook stays Pending.${hasFailed(run) ? '' : ' It depends on whether the nodes are the same on that day.'}`,
      remedies: [anywhere(run), withoutHooks(input)],
      explains: ends('hook', [hook.id]),
    },
  ];
}

/** Why the hook's Pod cannot go to the node, or undefined. */
function refusalOf({ template: { spec: podSpec } }: HookRun, { metadata, spec }: KubernetesObject): string | undefined {
  const labels = textMapOf(metadata.labels);
  const missing = missingLabel(labels, podSpec);
  if (missing) return `has no label ${missing.join('=')}`;
  if (!isWanted({ name: metadata.name, labels }, podSpec)) return 'fits no term of the node affinity';
  const taint = taintsOf(spec).find((each) => !isTolerated(each, podSpec.tolerations));
  return taint && `has the taint ${taintText(taint)}, which the hook does not tolerate`;
}

function taintText({ key, value, effect }: Taint): string {
  return `${key}${value === '' ? '' : `=${value}`}:${effect}`;
}

/**
 * Without nodes to look at: labels that not every node has, and taints that the rest of the release tolerates and the
 * hook does not.
 */
function onUnknownNodes(run: HookRun, input: RuleInput): Found[] {
  const { hook, template } = run;
  const labels = Object.entries(textMapOf(template.spec.nodeSelector)).filter(([key]) => !common.has(key));
  if (labels.length > 0) {
    return [
      {
        severity: 'warning',
        title: `Hook ${describeId(hook.id)} runs only on nodes with ${listed(labels.map((label) => label.join('=')))}`,
        objects: [hook.id],
        evidence: selectorEvidence(run, input),
        consequence:
          'The uninstall fails at the time-out of Helm if no such node exists: the Pod of the hook stays Pending. It depends on whether a node with that label takes Pods on that day.',
        remedies: [anywhere(run), withoutHooks(input)],
      },
    ];
  }
  return untolerated(run, input);
}

const common = new Set(['kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os', 'beta.kubernetes.io/arch']);

/** What a whole release tolerates its clusters have, or have when it is missing. */
function untolerated(run: HookRun, input: RuleInput): Found[] {
  const others = input.world.workloads.filter(({ id }) => input.isDeleted(id));
  const everywhere = others.filter(({ podSpec }) => toleratesEverything(podSpec.tolerations));
  if (others.length === 0 || everywhere.length < others.length || listOf(run.template.spec.tolerations).length > 0) return [];
  return [
    {
      severity: 'warning',
      title: `Hook ${describeId(run.hook.id)} tolerates no taint, while the rest of the release tolerates all`,
      objects: [run.hook.id, ...everywhere.map(({ id }) => id)],
      evidence: [
        input.evidence(run.hook.id, 'has no tolerations', `${run.template.specPath}.tolerations`),
        ...everywhere
          .slice(0, 3)
          .map(({ id, podSpecPath }) =>
            input.evidence(id, 'runs on every node, whatever its taints', `${podSpecPath}.tolerations`),
          ),
      ],
      consequence: `The uninstall fails while every node has a taint, as when ${namesOf(
        everywhere.map(({ id }) => id),
        2,
      )} does not work: the hook finds no node. It depends on the taints of the nodes on that day.`,
      remedies: [anywhere(run), withoutHooks(input)],
    },
  ];
}

/** Any node that can run the image, in whatever state. */
function anywhere({ hook, template: { spec, specPath } }: HookRun): ProposedRemedy {
  const path = specPath.split('.');
  return {
    says: 'Let the hook run on any node.',
    steps: [
      change(
        hook.id,
        ...(spec.nodeSelector === undefined ? [] : [{ path: [...path, 'nodeSelector'], value: { 'kubernetes.io/os': 'linux' } }]),
        ...(fieldAt(spec.affinity, 'nodeAffinity') === undefined
          ? []
          : [{ path: [...path, 'affinity', 'nodeAffinity'], value: undefined }]),
        { path: [...path, 'tolerations'], value: [{ operator: 'Exists' }] },
      ),
    ],
  };
}

function toleratesEverything(tolerations: unknown): boolean {
  return listOf(tolerations).some((each) => fieldAt(each, 'operator') === 'Exists' && textOf(fieldAt(each, 'key')) === undefined);
}

function selectorEvidence({ hook, template }: HookRun, input: RuleInput): FindingEvidence[] {
  const selector = Object.entries(textMapOf(template.spec.nodeSelector)).map((label) => label.join('='));
  return selector.length === 0
    ? []
    : [input.evidence(hook.id, 'runs only on such nodes', `${template.specPath}.nodeSelector`, selector.join(','))];
}
