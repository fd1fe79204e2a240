/**
 * The fields that the API server fills in by itself, as far as a controller, the kubelet or a readiness rule reads
 * them. Idempotent, and gives back the very same object when nothing was missing.
 */
import { fieldAt, isMap } from '../../../objects/fields.ts';
import type { Fields } from '../json.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './store.ts';

/** The object with the defaults of its kind, on every write. */
export function withDefaults(kind: Kind, object: Stored): Stored {
  return specDefaults[kind.key]?.(object) ?? object;
}

/**
 * What is set when an object is created, and only then (`PrepareForCreate` and the admission plugins that are always
 * on).
 */
export function asCreated(kind: Kind, object: Stored): Stored {
  const { status: _, ...withoutStatus } = object;
  const bare = (
    kind.hasStatus && kind.key !== 'nodes' && kind.key !== 'apiservices.apiregistration.k8s.io' ? withoutStatus : object
  ) as Stored;
  return creations[kind.key]?.(bare) ?? bare;
}

const podSpec = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  securityContext: {},
};

const specDefaults: Record<string, (object: Stored) => Stored> = {
  pods: (pod) => {
    const account = fieldAt(pod.spec, 'serviceAccountName') ?? fieldAt(pod.spec, 'serviceAccount') ?? 'default';
    return filled(pod, { ...podSpec, serviceAccountName: account, serviceAccount: account });
  },
  'deployments.apps': (object) =>
    withTemplate(
      filled(object, {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      }),
    ),
  'replicasets.apps': (object) => withTemplate(filled(object, { replicas: 1 })),
  replicationcontrollers: (object) => withTemplate(filled(object, { replicas: 1 })),
  'statefulsets.apps': (object) =>
    withTemplate(
      filled(object, {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      }),
    ),
  'daemonsets.apps': (object) =>
    withTemplate(
      filled(object, {
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      }),
    ),
  'jobs.batch': (object) =>
    withTemplate(
      filled(object, { parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false }),
    ),
  'cronjobs.batch': (object) =>
    filled(object, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
  services: (object) => filled(object, { type: 'ClusterIP', sessionAffinity: 'None' }),
  persistentvolumeclaims: (object) => filled(object, { volumeMode: 'Filesystem' }),
  'customresourcedefinitions.apiextensions.k8s.io': (object) => filled(object, { conversion: { strategy: 'None' } }),
};

const creations: Record<string, (object: Stored) => Stored> = {
  namespaces: (namespace) => ({
    ...namespace,
    metadata: {
      ...namespace.metadata,
      labels: { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }),
  pods: (pod) => ({ ...pod, status: { phase: 'Pending', qosClass: 'BestEffort' } }),
  // The admission plugin StorageObjectInUseProtection.
  persistentvolumeclaims: (claim) => ({ ...withFinalizer(claim, 'kubernetes.io/pvc-protection'), status: { phase: 'Pending' } }),
  'jobs.batch': withJobSelector,
};

/** The Job's own UID as selector and label of its Pods (`jobStrategy.generateSelector`). */
function withJobSelector(job: Stored): Stored {
  if (fieldAt(job.spec, 'manualSelector') === true) return job;
  const { uid, name } = job.metadata;
  const unique = { 'batch.kubernetes.io/controller-uid': uid };
  const labels = { ...unique, 'controller-uid': uid, 'batch.kubernetes.io/job-name': name, 'job-name': name };
  const template = fieldAt(job.spec, 'template') as Fields | undefined;
  const metadata = fieldAt(template, 'metadata') as Fields | undefined;
  return {
    ...job,
    spec: {
      ...(job.spec as Fields),
      selector: { matchLabels: unique },
      template: { ...template, metadata: { ...metadata, labels: { ...(metadata?.labels as Fields | undefined), ...labels } } },
    },
  };
}

function withFinalizer(object: Stored, finalizer: string): Stored {
  const present = object.metadata.finalizers ?? [];
  if (present.includes(finalizer)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...present, finalizer] } };
}

function withTemplate(object: Stored): Stored {
  const template = fieldAt(object.spec, 'template');
  const spec = fieldAt(template, 'spec');
  if (!isMap(template) || !isMap(spec)) return object;
  const complete = missing(spec, podSpec) ? { ...podSpec, ...spec } : spec;
  return complete === spec
    ? object
    : { ...object, spec: { ...(object.spec as Fields), template: { ...template, spec: complete } } };
}

function filled(object: Stored, defaults: Fields): Stored {
  const spec = isMap(object.spec) ? object.spec : {};
  return missing(spec, defaults) ? { ...object, spec: { ...defaults, ...spec } } : object;
}

function missing(spec: Fields, defaults: Fields): boolean {
  for (const field in defaults) if (spec[field] === undefined) return true;
  return false;
}
