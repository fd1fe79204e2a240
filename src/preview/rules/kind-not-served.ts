/**
 * Helm looks every kind of its manifest up before it deletes anything: one that the API server does not know any more
 * ends the uninstall, each time.
 */
import { groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { deployment } from './examples.ts';
import { endOf, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { listed, namesOf, sorted } from './words.ts';

export const kindNotServed: Rule = {
  id: 'kind-not-served',
  name: 'A kind that the API server does not know',
  means: [
    'The manifest of a release is stored as it was installed. When the API server has dropped a version of it since (`policy/v1beta1`), or the CustomResourceDefinition of a custom resource is gone, `helm uninstall` fails before its first',
    'deletion and after its pre-delete hooks, and trying again never helps.',
  ].join(' '),
  fails: {
    says: 'This version was dropped in Kubernetes 1.25.',
    yaml: `${deployment('web')}---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
`,
  },
  passes: {
    says: 'The version that replaced it.',
    yaml: `${deployment('web')}---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
`,
  },
  find(input) {
    const message = input.play.steps.find(
      (step) => step.what === 'note' && /no matches for kind/.test(step.message ?? ''),
    )?.message;
    const old = input.subject.objects.map(({ object }) => object).filter(isDropped);
    const named = message === undefined ? [] : namedIn(message, input).filter((id) => input.helm || !wentBefore(id, input));
    const ids = sorted([...old.map((object) => input.world.idOf(object)), ...named]);
    if (ids.length === 0) return [];
    const versions = [...new Set(ids.flatMap((id) => input.given.get(id)?.object.apiVersion ?? []))].sort();
    const failed = named.length > 0 && input.play.outcome === 'failed';
    return [
      {
        severity: failed ? 'error' : 'warning',
        title: `${namesOf(ids)} ${ids.length === 1 ? 'is' : 'are'} of a kind that the API server does not know: ${listed(versions)}`,
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
        remedy: ids.some((id) => wentBefore(id, input))
          ? 'Its definition is deleted by a hook before Helm looks it up: take that out of the hook.'
          : 'Bring the chart to a version that is served and run `helm upgrade` first; for an installed release that cannot be upgraded the Helm plugin mapkubeapis changes the stored manifest.',
        tells: [...ids, ...(failed ? notDeleted(input) : [])].map((id) => endOf('left', id)),
      },
    ];
  },
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
