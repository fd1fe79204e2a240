/** Reports about Kubernetes' own kinds: volumes, Pods, Services, namespaces. */
import { controller, crd, place, type Report, webhook } from './report.ts';

const node = (id: string, ready = 'True') => `---
apiVersion: v1
kind: Node
metadata: {name: n1, uid: n1}
spec: {${id && `providerID: "${id}"`}}
status: {conditions: [{type: Ready, status: "${ready}", reason: NodeStatusUnknown, message: Kubelet stopped posting node status., lastTransitionTime: "2026-11-21T23:00:00Z"}]}`;

export const builtIn: readonly Report[] = [
  {
    source: 'kubernetes/kubernetes#72335',
    cause: 'The node of the attachment is gone, so that the driver cannot detach the volume.',
    cure: 'Make sure that it is detached, then remove the finalizer of the VolumeAttachment.',
    ask: 'volumeattachments/csi-ec16a7',
    manifests: `${place('kube-system', 'stays')}
${controller('kube-system', 'csi-djplugin', 'storage.k8s.io', { rules: '[{apiGroups: [storage.k8s.io], resources: [volumeattachments], verbs: [get, list, watch, patch, update]}]' })}
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: {name: csi-ec16a7, DELETED, finalizers: [external-attacher/csi-djplugin]}
spec: {attacher: csi-djplugin, nodeName: ubuntu-node5, source: {persistentVolumeName: pv-1}}
status: {attached: true, detachError: {message: 'node "ubuntu-node5" not found', time: "2026-11-21T23:50:00Z"}}`,
    says: [
      /^VolumeAttachment csi-ec16a7 reports status\.detachError: node "ubuntu-node5" not found$/,
      /^Node ubuntu-node5 does not exist/,
    ],
    command: /^kubectl patch volumeattachments\.storage\.k8s\.io\/csi-ec16a7 --type=json/,
  },
  {
    source: 'kubernetes-csi/external-attacher#66',
    cause: 'An attachment that never succeeded is left, and nobody deletes it, since its Pod is gone.',
    cure: 'Delete the VolumeAttachment.',
    ask: 'pv/pvc-c39b0473',
    manifests: `${place('kube-system', 'stays')}
${controller('kube-system', 'csi-gce-pd-controller', 'storage.k8s.io', { rules: '[{apiGroups: [storage.k8s.io], resources: [volumeattachments], verbs: ["*"]}, {apiGroups: [""], resources: [persistentvolumes], verbs: ["*"]}]' })}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pvc-c39b0473, DELETED, finalizers: [external-attacher/com-google-csi-gcepd]}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], claimRef: {namespace: default, name: data}, csi: {driver: com.google.csi.gcepd, volumeHandle: x}}
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: {name: csi-d4935b83, finalizers: [external-attacher/com-google-csi-gcepd]}
spec: {attacher: com.google.csi.gcepd, nodeName: gone-1, source: {persistentVolumeName: pvc-c39b0473}}
status: {attached: false, attachError: {message: 'PersistentVolume "pvc-c39b0473" is marked for deletion', time: "2026-11-21T23:50:00Z"}}`,
    says: [/^VolumeAttachment csi-d4935b83, which attaches it to a node, is not being deleted$/],
    command: /^kubectl delete volumeattachments\.storage\.k8s\.io\/csi-d4935b83 --wait=false$/,
    isFreed: false,
  },
  {
    source: 'kubernetes/kubernetes#123577',
    cause: 'The Pod that uses the claim does not end: its node is silent.',
    cure: 'Bring the node back, or remove the Pod by force when its containers have surely ended.',
    ask: 'pvc/data-0 -n search',
    manifests: `${place('search', 'stays')}
${node('', 'Unknown')}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data-0, namespace: search, DELETED, finalizers: [kubernetes.io/pvc-protection]}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 50Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: opensearch-data-0, namespace: search, DELETED, deletionGracePeriodSeconds: 30}
spec: {nodeName: n1, containers: [{name: main, image: "search:2"}], volumes: [{name: data, persistentVolumeClaim: {claimName: data-0}}]}
status: {phase: Running, containerStatuses: [{name: main, state: {running: {}}}]}`,
    says: [/^PersistentVolumeClaim search\/data-0 is in use by Pod opensearch-data-0$/, /^node n1 has not been ready for 1h0m/],
    command: /^kubectl delete pod\/opensearch-data-0 -n search --grace-period=0 --force$/,
    // The kubelet of the simulated node is never silent.
    isFreed: false,
  },
  {
    source: 'arangodb/kube-arangodb#157',
    cause: 'A claim keeps the finalizer of an operator, though the deployment that it belonged to is gone.',
    cure: 'Remove the finalizer.',
    ask: 'pvc/agent-1 -n db',
    manifests: `${crd('database.arangodb.com', 'ArangoDeployment', 'arangodeployments')}
${place('db', 'stays')}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: agent-1, namespace: db, DELETED, finalizers: [pvc.database.arangodb.com/member-exists]}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 8Gi}}}`,
    says: [/^finalizer pvc\.database\.arangodb\.com\/member-exists on PersistentVolumeClaim db\/agent-1: no workload/],
    command: /^kubectl patch persistentvolumeclaims\/agent-1 -n db/,
  },
  {
    source: 'kubernetes/kubernetes#108645',
    cause: 'The Job is gone and its controller has not taken the tracking finalizer off an orphan Pod.',
    cure: 'Remove the finalizer of the Pod.',
    ask: 'pod/report-x -n jobs',
    manifests: `${place('jobs', 'stays')}
---
apiVersion: v1
kind: Pod
metadata: {name: report-x, namespace: jobs, DELETED, deletionGracePeriodSeconds: 0, finalizers: [batch.kubernetes.io/job-tracking], ownerReferences: [{apiVersion: batch/v1, kind: Job, name: report, uid: gone, controller: true}]}
spec: {nodeName: n1, containers: [{name: main, image: "report:1"}]}
status: {phase: Succeeded, containerStatuses: [{name: main, state: {terminated: {exitCode: 0}}}]}`,
    says: [/^finalizer batch\.kubernetes\.io\/job-tracking on Pod jobs\/report-x: .*still there after/],
    command: /^kubectl patch pods\/report-x -n jobs/,
  },
  {
    source: 'rgeraskin/remove-empty-ns-operator#5',
    cause: 'The operator that put its finalizer on the Namespace does not run when it is deleted.',
    cure: 'Run the operator, or remove the finalizer.',
    ask: 'ns/release-testing',
    manifests: `---
apiVersion: v1
kind: Namespace
metadata: {name: release-testing, DELETED, finalizers: [kopf.zalando.org/KopfFinalizerMarker]}
spec: {finalizers: []}
status: {phase: Terminating}`,
    says: [/^finalizer kopf\.zalando\.org\/KopfFinalizerMarker on Namespace release-testing: no workload/],
    command: /^kubectl patch namespaces\/release-testing --type=json/,
  },
  {
    source: 'operator-framework/operator-sdk#2362',
    cause: 'A finalizer in spec.finalizers of the Namespace; its operator never sees the deletion.',
    cure: 'Its operator must remove it by the finalize subresource.',
    ask: 'ns/watched',
    manifests: `---
apiVersion: v1
kind: Namespace
metadata: {name: watched, DELETED}
spec: {finalizers: [finalizer.operator.example.com]}
status: {phase: Terminating}`,
    says: [/^finalizer finalizer\.operator\.example\.com in spec\.finalizers of Namespace watched/],
    command: undefined,
    isFreed: false,
  },
  {
    source: 'kubernetes-sigs/aws-load-balancer-controller#2200',
    cause: 'The load balancer controller is not there any more, so that nobody removes its finalizer.',
    cure: 'Install the controller again, or remove the finalizer and the load balancer by hand.',
    ask: 'svc/claims -n default',
    manifests: `${node('aws:///eu-west-1a/i-1')}
---
apiVersion: v1
kind: Service
metadata: {name: claims, namespace: default, DELETED, finalizers: [service.k8s.aws/resources]}
spec: {type: NodePort, selector: {app: claims}, ports: [{port: 80}]}`,
    says: [/^finalizer service\.k8s\.aws\/resources on Service default\/claims: no workload/],
    command: /^kubectl patch services\/claims -n default/,
  },
  {
    source: 'kubernetes/kubernetes#118357',
    cause: 'The conversion webhook of a definition was deleted before the definition.',
    cure: 'Bring the webhook back, or remove what holds the custom resources at their stored version.',
    ask: 'crd/testcrds.stable.example.com',
    manifests: `${crd('stable.example.com', 'TestCrd', 'testcrds', {
      versions: 'v2 v1',
      more: 'DELETED, finalizers: [customresourcecleanup.apiextensions.k8s.io]',
    }).replace(
      '  versions:',
      '  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {namespace: gone, name: e2e-test-crd-conversion-webhook}}}}\n  versions:',
    )}
---
apiVersion: stable.example.com/v1
kind: TestCrd
metadata: {name: cr-instance-1, namespace: default, DELETED, finalizers: [stable.example.com/hold]}`,
    says: [/^the conversion webhook of CustomResourceDefinition testcrds\.stable\.example\.com cannot be called/],
    command: /^kubectl patch testcrds\.v1\.stable\.example\.com\/cr-instance-1 -n default/,
  },
  {
    source: 'kyverno/kyverno#2750',
    cause: 'The webhook of Kyverno is called for its own Pods, also when the kubelet removes them, and its Service is gone.',
    cure: 'Delete the webhook configuration.',
    ask: 'pod/kyverno-9wc84 -n kyverno',
    manifests: `${place('kyverno', 'stays')}
${node('')}
${webhook('kyverno-resource-validating-webhook-cfg', 'validate.kyverno.svc-fail', 'kyverno/kyverno-svc', '""', '[DELETE]', '[pods]')}
---
apiVersion: v1
kind: Pod
metadata: {name: kyverno-9wc84, namespace: kyverno, DELETED, deletionGracePeriodSeconds: 30}
spec: {nodeName: n1, containers: [{name: kyverno, image: "kyverno:1"}]}
status: {phase: Running, containerStatuses: [{name: kyverno, state: {terminated: {exitCode: 0}}}]}`,
    says: [/^webhook validate\.kyverno\.svc-fail of .* refuses the deletion: its Service kyverno\/kyverno-svc does not exist$/],
    command:
      /^kubectl delete validatingwebhookconfigurations\.admissionregistration\.k8s\.io\/kyverno-resource-validating-webhook-cfg/,
    not: /force/,
  },
  {
    source: 'kyverno/kyverno#5999',
    cause: 'A namespace cannot be emptied, because a webhook that does not answer is asked about a ConfigMap in it.',
    cure: 'Delete the webhook configuration, or bring Kyverno back.',
    ask: 'ns/team-a',
    manifests: `${place('kyverno', 'stays')}
${place('team-a', 'goes', { type: 'NamespaceDeletionContentFailure', message: 'Failed to delete all resource types, 1 remaining: Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate?timeout=10s": context deadline exceeded' })}
${controller('kyverno', 'kyverno-svc', 'kyverno.io', { replicas: 0 })}
---
apiVersion: v1
kind: Service
metadata: {name: kyverno-svc, namespace: kyverno}
spec: {selector: {app: kyverno-svc}, ports: [{port: 443}]}
${webhook('kyverno-cfg', 'validate.kyverno.svc-fail', 'kyverno/kyverno-svc', '""', '[DELETE]', '[configmaps]')}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cluster-settings, namespace: team-a}`,
    says: [
      /^webhook validate\.kyverno\.svc-fail of .* refuses the deletion: no Pod behind its Service kyverno\/kyverno-svc is ready/,
    ],
    command: /^kubectl scale deployments\.apps\/kyverno-svc -n kyverno --replicas=1$/,
  },
  {
    source: 'kubernetes-csi/external-provisioner#1507',
    cause: 'The provisioner put its finalizer on a snapshot and did not take it off when provisioning failed.',
    cure: 'Remove the finalizer of the snapshot.',
    ask: 'volumesnapshots/nightly -n db',
    manifests: `${crd('snapshot.storage.k8s.io', 'VolumeSnapshot', 'volumesnapshots')}
${place('db', 'stays')}
${place('kube-system', 'stays')}
${controller('kube-system', 'ebs-csi-controller', 'snapshot.storage.k8s.io')}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: nightly, namespace: db, DELETED, finalizers: [provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection]}
spec: {source: {persistentVolumeClaimName: data}}`,
    says: [
      /^finalizer provisioner\.storage\.kubernetes\.io\/volumesnapshot-as-source-protection on VolumeSnapshot db\/nightly: /,
    ],
    command: /^kubectl patch volumesnapshots\.snapshot\.storage\.k8s\.io\/nightly -n db/,
  },
  {
    source: 'kubernetes/kubernetes#115570',
    cause:
      'The garbage collector lost an event of a foreground deletion: it never deletes the Pod, and the ReplicaSet waits for it.',
    cure: 'Restart kube-controller-manager.',
    ask: 'rs/web-1 -n shop',
    manifests: `${place('shop', 'stays')}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-1, namespace: shop, uid: rs, DELETED, finalizers: [foregroundDeletion]}
spec: {replicas: 1, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "web:1"}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1-x, namespace: shop, labels: {app: web}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: rs, controller: true, blockOwnerDeletion: true}]}
spec: {nodeName: n1, containers: [{name: main, image: "web:1"}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}], containerStatuses: [{name: main, state: {running: {}}}]}`,
    says: [
      /^ReplicaSet shop\/web-1 waits for 1 object that it owns \(foreground deletion\)$/,
      /^Pod shop\/web-1-x, which it owns, is not being deleted$/,
    ],
    command: /^kubectl delete pods\/web-1-x -n shop$/,
    isFreed: false,
  },
  {
    source: 'kubernetes-sigs/vsphere-csi-driver#359',
    cause: 'The node is gone and its Pod is left; the volume stays attached to a machine that does not exist.',
    cure: 'The Pod garbage collector removes the Pod; by hand it goes at once.',
    ask: 'pod/db-0 -n db',
    manifests: `${place('db', 'stays')}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: db, DELETED, deletionGracePeriodSeconds: 30}
spec: {nodeName: n1, containers: [{name: main, image: "db:1"}]}
status: {phase: Running, containerStatuses: [{name: main, state: {running: {}}}]}`,
    says: [/^node n1 no longer exists: the Pod garbage collector removes its Pods, .* has not removed this one after 20m/],
    not: /still answer/,
    command: /^kubectl delete pod\/db-0 -n db --grace-period=0 --force$/,
  },
  {
    source: 'kubernetes/kubernetes#77081',
    cause:
      'A second foreground deletion set the finalizer again, and the garbage collector does not look at the object any more.',
    cure: 'Remove the finalizer, or restart kube-controller-manager.',
    ask: 'serviceaccount/foo -n ops',
    manifests: `${place('ops', 'stays')}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: foo, namespace: ops, DELETED, finalizers: [foregroundDeletion]}`,
    says: [
      /^ServiceAccount ops\/foo: the garbage collector has not removed foregroundDeletion, though nothing that it owns was found$/,
    ],
    command: /^kubectl patch serviceaccounts\/foo -n ops --type=json/,
  },
  {
    source: 'rancher/rancher#36450',
    cause: 'The namespace is empty, and only the finalizer of an agent that was removed keeps it.',
    cure: 'Remove the finalizer in its metadata.',
    ask: 'ns/cattle-system',
    manifests: `---
apiVersion: v1
kind: Namespace
metadata: {name: cattle-system, DELETED, finalizers: [controller.cattle.io/namespace-auth]}
spec: {}
status: {phase: Terminating}`,
    says: [/^finalizer controller\.cattle\.io\/namespace-auth on Namespace cattle-system: no workload/],
    not: /is still listing/,
    command: /^kubectl patch namespaces\/cattle-system --type=json/,
  },
];
