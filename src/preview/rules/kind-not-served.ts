/**
 * Helm looks every kind of its manifest up before it deletes anything: one that the API server no longer serves ends
 * the uninstall, each time.
 */
import { groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { deployment, documents } from './examples.ts';
import { hookRuns } from './hook-runs.ts';
import { changedScript } from './hook-script.ts';
import { advise, change, withoutHooks } from './remedy-steps.ts';
import { ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, listed, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'kind-not-served',
  name: 'A kind that the API server does not know',
  means: [
    'The manifest of a release is stored as it was installed. When the API server has dropped a version of it since (`policy/v1beta1`), or the CustomResourceDefinition of a custom resource is gone, `helm uninstall` fails before its first',
    'deletion and after its pre-delete hooks, and trying again never helps.',
  ].join(' '),
  severity: 'error',
  fails: {
    says: 'This version was dropped in Kubernetes 1.25.',
    yaml: budget('policy/v1beta1'),
  },
  passes: {
    says: 'The version that replaced it.',
    yaml: budget('policy/v1'),
  },
};

export function find(input: RuleInput): Found[] {
  const message = input.play.steps.flatMap((step) =>
    step.what === 'note' && /no matches for kind/.test(step.message) ? [step.message] : [],
  )[0];
  const old = input.subject.objects.map(({ object }) => object).filter(isDropped);
  const named = message === undefined ? [] : namedIn(message, input).filter((id) => input.helm || !wentBefore(id, input));
  const ids = sorted([...old.map((object) => input.world.idOf(object)), ...named]);
  if (ids.length === 0) return [];
  const versions = [...new Set(ids.flatMap((id) => input.given.get(id)?.object.apiVersion ?? []))].sort();
  const failed = named.length > 0 && input.play.outcome === 'failed';
  return [
    {
      severity: failed ? 'error' : 'warning',
      title: `${namesOf(ids)} ${agree(ids, 'is', 'are')} of a version that the API server does not serve: ${listed(versions)}`,
      objects: ids,
      evidence: ids
        .slice(0, 5)
        .map((id) =>
          input.evidence(
            id,
            message ?? 'no supported Kubernetes serves this version',
            'apiVersion',
            input.given.get(id)?.object.apiVersion,
          ),
        ),
      consequence: `${input.helm ? 'The uninstall ends with "no matches for kind" before it deletes anything; the release stays "uninstalling".' : 'Its deletion ends with "no matches for kind".'}${failed ? '' : ' It depends on the version of the cluster.'}`,
      remedies: remediesFor(ids, input),
      explains: ends('left', [...ids, ...(failed ? notDeleted(input) : [])]),
    },
  ];
}

/** A hook that deletes the definition too early leaves it alone; or the version becomes one that is served. */
function remediesFor(ids: readonly ObjectId[], input: RuleInput): ProposedRemedy[] {
  if (ids.some((id) => wentBefore(id, input))) {
    const definitions = new Set(ids.flatMap((id) => definitionName(id, input) ?? []));
    const steps = hookRuns(input).flatMap((run) => {
      const calls = run.calls.filter(({ verb, names }) => verb === 'delete' && names.some((name) => definitions.has(name)));
      return changedScript(run, calls, () => ':') ?? [];
    });
    const says = 'Do not let a hook delete the definition before Helm deletes the objects of its kind.';
    return [
      { says, steps: steps.length > 0 ? steps : [advise('script-of-the-hook', 'Change what the hook deletes.')] },
      withoutHooks(input),
    ];
  }
  if (input.live)
    return [
      {
        says: 'Correct the stored manifest of the release: `helm upgrade` fails for the same reason.',
        steps: [
          advise(
            'another-program',
            'Run the Helm plugin mapkubeapis for the release: it replaces the versions in the stored manifest.',
          ),
        ],
      },
    ];
  const steps = ids.flatMap((id) => {
    const now = successors[input.given.get(id)?.object.apiVersion ?? ''];
    return now === undefined ? [] : [change(id, { path: ['apiVersion'], value: now })];
  });
  return steps.length < ids.length
    ? [
        {
          says: 'Correct the chart.',
          steps: [advise('person-decides', 'Write a version that the cluster serves, or remove the object.')],
        },
      ]
    : [{ says: 'Write a version that Kubernetes serves, before the release is installed or upgraded.', steps }];
}

function definitionName(id: ObjectId, { world }: RuleInput): string | undefined {
  const { group, kind } = parseId(id);
  return world.crdOf(group, kind)?.metadata.name;
}

/** Where the same fields mean the same in the newer version of the group. */
const successors: Readonly<Record<string, string>> = {
  'policy/v1beta1': 'policy/v1',
  'batch/v1beta1': 'batch/v1',
  'rbac.authorization.k8s.io/v1alpha1': 'rbac.authorization.k8s.io/v1',
  'rbac.authorization.k8s.io/v1beta1': 'rbac.authorization.k8s.io/v1',
  'apiregistration.k8s.io/v1beta1': 'apiregistration.k8s.io/v1',
  'scheduling.k8s.io/v1beta1': 'scheduling.k8s.io/v1',
  'coordination.k8s.io/v1beta1': 'coordination.k8s.io/v1',
  'autoscaling/v2beta2': 'autoscaling/v2',
};

/** What it never came to, for the same reason. */
function notDeleted({ left }: RuleInput): ObjectId[] {
  return [...left.values()].flatMap(({ id, why }) => (why === 'not-deleted' ? [id] : []));
}

/**
 * Its definition was deleted in the same uninstall: other tools than Helm find the object gone by then, which harms
 * nobody.
 */
function wentBefore(id: ObjectId, input: RuleInput): boolean {
  const { group, kind } = parseId(id);
  const crd = input.world.crdOf(group, kind);
  return crd !== undefined && input.goneAt(input.world.idOf(crd)) !== undefined;
}

function namedIn(message: string, input: RuleInput): ObjectId[] {
  const [, kind, version] = /no matches for kind "([^"]+)" in version "([^"]+)"/.exec(message) ?? [];
  return input.subject.objects.flatMap(({ object }) =>
    object.kind === kind && object.apiVersion === version ? [input.world.idOf(object)] : [],
  );
}

/** Versions of built-in groups that no supported Kubernetes (1.35 and later) serves. */
function isDropped({ apiVersion, kind }: KubernetesObject): boolean {
  if (groupOf(apiVersion) === 'policy') return apiVersion === 'policy/v1beta1';
  return dropped.has(apiVersion) && !(apiVersion === 'storage.k8s.io/v1beta1' && kind === 'VolumeAttributesClass');
}

const dropped = new Set([
  'extensions/v1beta1',
  'apps/v1beta1',
  'apps/v1beta2',
  'batch/v1beta1',
  'batch/v2alpha1',
  'networking.k8s.io/v1beta1',
  'rbac.authorization.k8s.io/v1alpha1',
  'rbac.authorization.k8s.io/v1beta1',
  'apiextensions.k8s.io/v1beta1',
  'admissionregistration.k8s.io/v1beta1',
  'apiregistration.k8s.io/v1beta1',
  'autoscaling/v2beta1',
  'autoscaling/v2beta2',
  'scheduling.k8s.io/v1beta1',
  'coordination.k8s.io/v1beta1',
  'discovery.k8s.io/v1beta1',
  'events.k8s.io/v1beta1',
  'node.k8s.io/v1beta1',
  'certificates.k8s.io/v1beta1',
  'flowcontrol.apiserver.k8s.io/v1beta1',
  'flowcontrol.apiserver.k8s.io/v1beta2',
  'flowcontrol.apiserver.k8s.io/v1beta3',
]);

function budget(apiVersion: string): string {
  return documents(
    deployment('web'),
    `apiVersion: ${apiVersion}
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
`,
  );
}
