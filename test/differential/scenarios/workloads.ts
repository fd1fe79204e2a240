/**
 * Controllers of workloads once their object has a deletionTimestamp, and what finalizers on workloads do and do not
 * protect.
 */
import type { KubernetesObject } from '../../../src/objects/object.ts';
import { apps, global, gone, held, job, jobRef, object, podRef, ref, release, workload } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const pods = { apiVersion: 'v1', kind: 'Pod' };
const claim = (name: string) => ref('v1', 'PersistentVolumeClaim', name);
const template = [
  { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } },
];
/** Without storage in the cluster its Pods would wait for ever: here they do so on both. */
const set = (whenDeleted: string) => {
  const made = workload('StatefulSet', 'db', {
    more: { volumeClaimTemplates: template, persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled: 'Retain' } },
  });
  const spec = made.spec as { template: { spec: object } };
  return {
    ...made,
    spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, nodeSelector: { no: 'such-node' } } } },
  };
};

/** A workload with a finalizer is deleted, and then its Pods. */
function healsNothing(name: string, made: KubernetesObject): Scenario {
  const target = ref(made.apiVersion, made.kind, made.metadata.name);
  return {
    name,
    given: [made],
    steps: [
      { delete: target, propagation: 'Background' },
      { deletePodsOf: made.metadata.name },
      { untilNone: pods },
      { pass: 2_000 },
      release(target),
    ],
  };
}

export const workloads: Scenario[] = [
  healsNothing('A terminating DaemonSet makes no Pod anew', workload('DaemonSet', 'agent', { metadata: held })),
  {
    name: 'A DaemonSet that lives makes its Pod anew',
    given: [workload('DaemonSet', 'agent')],
    steps: [{ deletePodsOf: 'agent' }, { pass: 500 }, { untilPodsOf: 'agent', are: 1 }],
  },
  {
    name: 'The ReplicaSet of a terminating Deployment heals its Pods',
    given: [workload('Deployment', 'web', { metadata: held })],
    steps: [
      { delete: apps('Deployment', 'web'), propagation: 'Background' },
      { deletePodsOf: 'web' },
      { pass: 500 },
      { untilPodsOf: 'web', are: 1 },
      release(apps('Deployment', 'web')),
      { untilNone: pods },
    ],
  },
  healsNothing('A terminating ReplicaSet heals nothing', workload('ReplicaSet', 'web', { metadata: held })),
  healsNothing('A terminating StatefulSet heals nothing', workload('StatefulSet', 'db', { metadata: held })),
  healsNothing('A terminating Job makes no Pod anew', {
    ...job('task', {}, { backoffLimit: 5 }),
    metadata: { ...job('task').metadata, ...held },
  }),
  {
    name: 'A Job whose Pod is deleted has failed when it may not try again',
    given: [job('task')],
    steps: [{ deletePodsOf: 'task' }, { untilNone: pods }, { pass: 2_000 }, { read: jobRef('task'), path: ['status', 'failed'] }],
  },
  {
    name: 'A finalizer on a workload does not protect its Pods in the foreground',
    given: [workload('DaemonSet', 'agent', { metadata: held })],
    steps: [
      { delete: apps('DaemonSet', 'agent'), propagation: 'Foreground' },
      { untilNone: pods },
      { pass: 1_000 },
      { ask: apps('DaemonSet', 'agent') },
      release(apps('DaemonSet', 'agent')),
    ],
    order: [['gone Pod/agent-*', 'gone DaemonSet/agent']],
  },
  {
    name: 'A finalizer on a workload does not keep its Pods from being orphaned',
    given: [workload('DaemonSet', 'agent', { metadata: held })],
    steps: [
      { delete: apps('DaemonSet', 'agent'), propagation: 'Orphan' },
      { pass: 3_000 },
      { read: apps('DaemonSet', 'agent'), path: ['metadata', 'finalizers'] },
      release(apps('DaemonSet', 'agent')),
      { pass: 1_000 },
      { deletePodsOf: 'agent' },
      { untilNone: pods },
    ],
  },
  {
    name: 'A finalizer on a workload does protect its Pods in the background',
    given: [workload('DaemonSet', 'agent', { metadata: held })],
    steps: [
      { delete: apps('DaemonSet', 'agent'), propagation: 'Background' },
      { pass: 3_000 },
      release(apps('DaemonSet', 'agent')),
      { untilNone: pods },
    ],
    order: [['gone DaemonSet/agent', 'terminating Pod/agent-*']],
  },
  {
    name: 'A DaemonSet that is made again takes over the Pods that were orphaned',
    given: [workload('DaemonSet', 'agent')],
    steps: [
      ...gone(apps('DaemonSet', 'agent'), 'Orphan'),
      { create: workload('DaemonSet', 'agent') },
      { until: apps('DaemonSet', 'agent'), is: 'ready' },
      { pass: 1_000 },
      ...gone(apps('DaemonSet', 'agent'), 'Foreground'),
    ],
  },
  {
    name: 'The claims of a StatefulSet stay',
    watch: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }],
    steps: [
      { create: set('Retain') },
      { until: claim('data-db-0'), is: 'there' },
      { pass: 1_000 },
      { read: claim('data-db-0'), path: ['metadata', 'ownerReferences'] },
      { delete: apps('StatefulSet', 'db') },
      { untilNone: pods },
      { pass: 1_000 },
      { ask: claim('data-db-0') },
    ],
  },
  {
    name: 'The claims of a StatefulSet go with it when their retention policy says so',
    watch: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }],
    steps: [
      { create: set('Delete') },
      { until: claim('data-db-0'), is: 'there' },
      { pass: 2_000 },
      { read: claim('data-db-0'), path: ['metadata', 'ownerReferences'] },
      { delete: apps('StatefulSet', 'db') },
      { until: claim('data-db-0'), is: 'gone' },
    ],
  },
  {
    name: 'A claim is kept while a scheduled Pod names it, an ended one too',
    given: [
      global('v1', 'PersistentVolume', 'NS-volume', {
        spec: {
          capacity: { storage: '1Mi' },
          accessModes: ['ReadWriteOnce'],
          storageClassName: '',
          hostPath: { path: '/tmp' },
          claimRef: { namespace: 'NS', name: 'data' },
        },
      }),
      object('v1', 'PersistentVolumeClaim', 'data', {
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: '',
          volumeName: 'NS-volume',
          resources: { requests: { storage: '1Mi' } },
        },
      }),
    ],
    steps: [
      {
        create: {
          ...object('v1', 'Pod', 'user'),
          metadata: { name: 'user', namespace: 'NS', annotations: { 'simulated.bookend.dev/run-ms': '500' } },
          spec: {
            restartPolicy: 'Never',
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
            containers: [
              { name: 'main', image: 'registry.bookend.dev/examples/node-agent:0.1.0', command: ['/usr/bin/node', '-e', ''] },
            ],
          },
        },
      },
      { pass: 5_000 },
      { delete: claim('data') },
      { pass: 2_000 },
      { read: claim('data'), path: ['metadata', 'finalizers'] },
      { delete: podRef('user') },
      { until: claim('data'), is: 'gone' },
    ],
  },
  {
    name: 'A finished Job goes after its time to live, with its Pods',
    given: [job('task', { runSeconds: 1 }, { ttlSecondsAfterFinished: 1 })],
    steps: [{ until: jobRef('task'), is: 'gone' }, { untilNone: pods }],
  },
];
