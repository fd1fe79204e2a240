/**
 * The rules an object must keep, as far as somebody may stumble over them in an install or teardown: names, what never
 * changes, selectors that match their templates, no new finalizers at the end of life.
 */
import { fieldAt, isMap, mapOf, textMapOf } from '../../../objects/fields.ts';
import { selects } from '../../../objects/selectors.ts';
import { mapsOf, same } from '../json.ts';
import { invalidField } from './api-errors.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './store.ts';

/** Throws `invalid` with the field when the object, new or changed from `old`, breaks a rule. */
export function validate(kind: Kind, object: Stored, old: Stored | undefined): void {
  const fail = (field: string, why: string): never => {
    throw invalidField(kind, object.metadata.name, object.metadata.namespace, field, why);
  };
  if (old === undefined) checkName(kind, object, fail);
  checkMetadata(object, old, fail);
  checkTemplate(kind, object, fail);
  if (old)
    for (const field of fixedFields[kind.key] ?? []) {
      const path = field.split('.');
      if (!same(fieldAt(old, ...path), fieldAt(object, ...path))) fail(field, `Invalid value: ${fixedBecause(kind)}`);
    }
  rules[kind.key]?.(object, old, fail);
}

type Fail = (field: string, why: string) => never;

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const uid = /^[^\s]+$/;

function checkName(kind: Kind, { metadata: { name } }: Stored, fail: Fail): void {
  if (kind.group === 'rbac.authorization.k8s.io') {
    if (/[/%]/.test(name) || name === '.' || name === '..')
      fail('metadata.name', `Invalid value: ${JSON.stringify(name)}: may not contain '/' or '%'`);
  } else if (kind.key === 'namespaces' || kind.key === 'services') {
    if (!label.test(name) || name.length > 63)
      fail(
        'metadata.name',
        `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'`,
      );
  } else if (!subdomain.test(name) || name.length > 253) {
    fail(
      'metadata.name',
      `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
    );
  }
}

function checkMetadata({ metadata }: Stored, old: Stored | undefined, fail: Fail): void {
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    fail('metadata.finalizers', 'Invalid value: finalizer orphan and foregroundDeletion cannot be both set');
  }
  if (old?.metadata.deletionTimestamp !== undefined) {
    const added = finalizers.filter((finalizer) => !old.metadata.finalizers?.includes(finalizer));
    if (added.length > 0) {
      fail(
        'metadata.finalizers',
        `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => JSON.stringify(each)).join(', ')}}`,
      );
    }
  }
  if (metadata.ownerReferences === old?.metadata.ownerReferences) return;
  const owners = metadata.ownerReferences ?? [];
  owners.forEach((owner, index) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!uid.test(owner[field] ?? '')) fail(`metadata.ownerReferences[${index}].${field}`, 'Required value');
    }
  });
  if (owners.filter((owner) => owner.controller === true).length > 1) {
    fail('metadata.ownerReferences', 'Invalid value: only one reference can have Controller set to true');
  }
}

const withSelector = new Set(['deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps']);
const withTemplates = new Set([...withSelector, 'jobs.batch']);

function checkTemplate(kind: Kind, object: Stored, fail: Fail): void {
  if (kind.key === 'pods') checkContainers(object.spec, 'spec', fail);
  if (!withTemplates.has(kind.key)) return;
  checkContainers(fieldAt(object.spec, 'template', 'spec'), 'spec.template.spec', fail);
  if (!withSelector.has(kind.key)) return;
  const selector = fieldAt(object.spec, 'selector');
  if (!isMap(selector)) fail('spec.selector', 'Required value');
  if (!selects(selector, textMapOf(fieldAt(object.spec, 'template', 'metadata', 'labels')))) {
    fail('spec.template.metadata.labels', 'Invalid value: `selector` does not match template `labels`');
  }
}

function checkContainers(spec: unknown, path: string, fail: Fail): void {
  const containers = mapsOf(fieldAt(spec, 'containers'));
  if (containers.length === 0) fail(`${path}.containers`, 'Required value');
  const seen = new Set<unknown>();
  containers.forEach(({ name }, index) => {
    if (typeof name !== 'string') fail(`${path}.containers[${index}].name`, 'Required value');
    if (seen.has(name)) fail(`${path}.containers[${index}].name`, `Duplicate value: ${JSON.stringify(name)}`);
    seen.add(name);
  });
}

const fixedFields: Record<string, string[]> = {
  'deployments.apps': ['spec.selector'],
  'replicasets.apps': ['spec.selector'],
  'daemonsets.apps': ['spec.selector'],
  'statefulsets.apps': ['spec.selector', 'spec.serviceName', 'spec.volumeClaimTemplates', 'spec.podManagementPolicy'],
  'jobs.batch': ['spec.selector', 'spec.template', 'spec.completionMode'],
  'roles.rbac.authorization.k8s.io': [],
  'rolebindings.rbac.authorization.k8s.io': ['roleRef'],
  'clusterrolebindings.rbac.authorization.k8s.io': ['roleRef'],
  'customresourcedefinitions.apiextensions.k8s.io': ['spec.group', 'spec.scope', 'spec.names.plural', 'spec.names.kind'],
  secrets: ['type'],
  'priorityclasses.scheduling.k8s.io': ['value'],
  'storageclasses.storage.k8s.io': ['provisioner'],
};

const fixedBecause = (kind: Kind) =>
  kind.group === 'rbac.authorization.k8s.io' ? 'cannot change roleRef' : 'field is immutable';

const rules: Record<string, (object: Stored, old: Stored | undefined, fail: Fail) => void> = {
  configmaps: checkImmutable,
  secrets: checkImmutable,
  pods: (pod, old, fail) => {
    if (old === undefined || pod.spec === old.spec) return;
    // The scheduler's binding sets the node, once.
    const unbound = fieldAt(old.spec, 'nodeName') === undefined;
    const fixed = (spec: unknown) => {
      const {
        containers,
        initContainers,
        nodeName,
        tolerations: _t,
        activeDeadlineSeconds: _a,
        terminationGracePeriodSeconds: _g,
        ...rest
      } = mapOf(spec);
      const bare = (list: unknown) => mapsOf(list).map(({ image: _, ...container }) => container);
      return { ...rest, ...(!unbound && { nodeName }), containers: bare(containers), initContainers: bare(initContainers) };
    };
    if (!same(fixed(old.spec), fixed(pod.spec))) {
      fail(
        'spec',
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing tolerations), `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      );
    }
  },
  // `ValidateJobSpec`: a Pod's default, Always, is none for a Job.
  'jobs.batch': ({ spec }, old, fail) => {
    if (old !== undefined) return;
    const policy = String(fieldAt(spec, 'template', 'spec', 'restartPolicy') ?? 'Always');
    if (policy !== 'OnFailure' && policy !== 'Never')
      fail(
        'spec.template.spec.restartPolicy',
        `Required value: ${JSON.stringify(policy)}: supported values: "OnFailure", "Never"`,
      );
  },
  'customresourcedefinitions.apiextensions.k8s.io': ({ metadata, spec }, _old, fail) => {
    const wanted = `${fieldAt(spec, 'names', 'plural')}.${fieldAt(spec, 'group')}`;
    if (metadata.name !== wanted)
      fail('metadata.name', `Invalid value: ${JSON.stringify(metadata.name)}: must be spec.names.plural+"."+spec.group`);
    if (!['Namespaced', 'Cluster'].includes(String(fieldAt(spec, 'scope'))))
      fail('spec.scope', 'Unsupported value: supported values: "Cluster", "Namespaced"');
    const stored = mapsOf(fieldAt(spec, 'versions')).filter((version) => version.storage === true);
    if (stored.length !== 1) fail('spec.versions', 'Invalid value: must have exactly one version marked as storage version');
  },
};

function checkImmutable(object: Stored, old: Stored | undefined, fail: Fail): void {
  if (old?.immutable !== true) return;
  for (const field of ['data', 'binaryData', 'stringData']) {
    if (!same(old[field], object[field])) fail(field, 'Forbidden: field is immutable when `immutable` is set');
  }
  if (object.immutable !== true) fail('immutable', 'Forbidden: field is immutable when `immutable` is set');
}
