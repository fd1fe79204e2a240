/**
 * Reports about objects that Kubernetes keeps while others use them: their finalizers are not to be removed by hand.
 */
import { controller, crd, place, type Report } from './report.ts';

/** The kinds of `snapshot.storage.k8s.io`, which the API server takes only with an approval. */
const approved = (definition: string) =>
  definition.replace('uid:', 'annotations: {api-approved.kubernetes.io: "https://x"}, uid:');

const usingPod = (namespace: string, spec: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: user-0, namespace: ${namespace}, uid: user}
spec: {nodeName: n1, containers: [{name: main, image: "user:1"}], ${spec}}
status: {phase: Running, conditions: [{type: Ready, status: "True"}], containerStatuses: [{name: main, state: {running: {}}}]}`;

export const inUse: readonly Report[] = [
  {
    source: 'kubernetes-sigs/dra-driver-nvidia-gpu#725',
    cause: 'The claim for a device is reserved for a Pod that still exists.',
    cure: 'Let the Pod end, or delete it.',
    ask: 'resourceclaims/gpu-0 -n train',
    manifests: `${place('train', 'stays')}
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: gpu-0, namespace: train, DELETED, finalizers: [resource.kubernetes.io/delete-protection]}
spec: {devices: {requests: [{name: gpu, exactly: {deviceClassName: gpu.example.com}}]}}
status: {reservedFor: [{resource: pods, name: user-0, uid: user}, {resource: pods, name: gone, uid: gone}]}
${usingPod('train', 'resourceClaims: [{name: gpu, resourceClaimName: gpu-0}]')}`,
    says: [
      /^ResourceClaim train\/gpu-0 is reserved for Pod train\/user-0$/,
      /^Pod train\/user-0, which it is reserved for, is not being deleted$/,
    ],
    not: /kubectl patch/,
    command: /^kubectl delete pods\/user-0 -n train$/,
    isFreed: false,
  },
  {
    source: 'kubernetes/kubernetes#116516',
    cause: 'Services still have addresses of the range, and no other range covers them.',
    cure: 'Delete the Services, or create another range.',
    ask: 'servicecidrs/extra',
    manifests: `${place('shop', 'stays')}
---
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: {name: extra, DELETED, finalizers: [networking.k8s.io/service-cidr-finalizer]}
spec: {cidrs: [10.97.0.0/24, "2001:db8::/112"]}
---
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: {name: kubernetes}
spec: {cidrs: [10.97.0.128/25]}
---
apiVersion: networking.k8s.io/v1
kind: IPAddress
metadata: {name: 10.97.0.7}
spec: {parentRef: {group: "", resource: services, namespace: shop, name: web}}
---
apiVersion: networking.k8s.io/v1
kind: IPAddress
metadata: {name: 10.97.0.200}
spec: {parentRef: {group: "", resource: services, namespace: shop, name: covered}}
---
apiVersion: v1
kind: Service
metadata: {name: covered, namespace: shop}
spec: {clusterIP: 10.97.0.200, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.97.0.7, ports: [{port: 80}]}`,
    says: [/^ServiceCIDR extra: 1 address of its range is in use/, /^address 10\.97\.0\.7 belongs to Service shop\/web$/],
    not: /kubectl patch|delete ipaddress|covered/,
    command: /^kubectl delete services\/web -n shop$/,
    isFreed: false,
  },
  {
    source: 'kubernetes-csi/external-snapshotter#248',
    cause: 'The content is bound to a snapshot that nobody deletes.',
    cure: 'Delete the VolumeSnapshot first.',
    ask: 'volumesnapshotcontents/snapcontent-1',
    manifests: `${approved(crd('snapshot.storage.k8s.io', 'VolumeSnapshot', 'volumesnapshots'))}
${approved(crd('snapshot.storage.k8s.io', 'VolumeSnapshotContent', 'volumesnapshotcontents', { scope: 'Cluster' }))}
${controller('kube-system', 'snapshot-controller', 'snapshot.storage.k8s.io')}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotContent
metadata: {name: snapcontent-1, DELETED, finalizers: [snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection]}
spec: {deletionPolicy: Retain, driver: disk.example.com, source: {snapshotHandle: s}, volumeSnapshotRef: {kind: VolumeSnapshot, name: s1, namespace: db}}
${place('db', 'stays')}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: s1, namespace: db}
spec: {source: {volumeSnapshotContentName: snapcontent-1}}
status: {boundVolumeSnapshotContentName: snapcontent-1, readyToUse: true}`,
    says: [/^VolumeSnapshot db\/s1, which is bound to it, is not being deleted$/],
    not: /kubectl patch/,
    command: /^kubectl delete volumesnapshots\.snapshot\.storage\.k8s\.io\/s1 -n db/,
    isFreed: false,
  },
  {
    source: 'kubernetes/kubernetes#69697',
    cause: 'The volume is bound to a claim in a namespace that nobody named.',
    cure: 'Delete the claim, when its data may go.',
    ask: 'pv/pv-1',
    manifests: `${place('db', 'stays')}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-1, DELETED, finalizers: [kubernetes.io/pv-protection]}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], claimRef: {namespace: db, name: data}, csi: {driver: x, volumeHandle: y}}
status: {phase: Bound}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: db, finalizers: [kubernetes.io/pvc-protection]}
spec: {accessModes: [ReadWriteOnce], volumeName: pv-1, resources: {requests: {storage: 1Gi}}}
status: {phase: Bound}`,
    says: [/^PersistentVolume pv-1 is bound to PersistentVolumeClaim db\/data$/],
    not: /no visible claim|kubectl patch/,
    command: /^kubectl delete persistentvolumeclaims\/data -n db --wait=false$/,
    // The simulated cluster does not protect volumes.
    isFreed: false,
  },
  {
    source: 'kubernetes/kubernetes#92598',
    cause: 'A Pod that has ended still names the claim.',
    cure: 'Delete the Pod, which loses only its logs.',
    ask: 'pvc/cache -n ml',
    manifests: `${place('ml', 'stays')}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: cache, namespace: ml, DELETED, finalizers: [kubernetes.io/pvc-protection]}
spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: train, namespace: ml, uid: job}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "train:1"}]}}}
status: {succeeded: 1, conditions: [{type: Complete, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: train-x, namespace: ml, ownerReferences: [{apiVersion: batch/v1, kind: Job, name: train, uid: job, controller: true, blockOwnerDeletion: true}]}
spec: {nodeName: n1, containers: [{name: main, image: "train:1"}], volumes: [{name: c, persistentVolumeClaim: {claimName: cache}}]}
status: {phase: Succeeded}`,
    says: [/^Pod ml\/train-x, which uses the claim, is not being deleted$/],
    not: /kubectl patch|delete jobs/,
    command: /^kubectl delete pods\/train-x -n ml$/,
  },
  {
    source: 'kubernetes-csi/external-snapshotter#349',
    cause: 'A snapshot is still taken from the claim, and its controller is scaled down.',
    cure: 'Scale the controller up, or delete the snapshot.',
    ask: 'pvc/data -n db',
    manifests: `${approved(crd('snapshot.storage.k8s.io', 'VolumeSnapshot', 'volumesnapshots'))}
${place('db', 'stays')}
${controller('kube-system', 'snapshot-controller', 'snapshot.storage.k8s.io', { replicas: 0 })}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: db, DELETED, finalizers: [snapshot.storage.kubernetes.io/pvc-as-source-protection]}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: s1, namespace: db}
spec: {source: {persistentVolumeClaimName: data}}
status: {readyToUse: false}`,
    says: [/^VolumeSnapshot db\/s1, which is still taken from it, is not being deleted$/],
    not: /kubectl patch/,
    command: /^kubectl scale deployments\.apps\/snapshot-controller -n kube-system --replicas=1$/,
    isFreed: false,
  },
];
