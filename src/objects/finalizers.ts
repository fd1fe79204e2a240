/** Finalizers that Kubernetes itself sets and removes. */

/** What each of them waits for, as the second half of a sentence: "finalizer x on Y: …". */
export const builtInFinalizers: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/pvc-protection', 'it goes when no Pod uses the claim any more, ended Pods included'],
  ['kubernetes.io/pv-protection', 'it goes when no claim is bound to the volume any more'],
  ['kubernetes.io/vac-protection', 'it goes when no claim and no volume uses the class any more'],
  ['batch.kubernetes.io/job-tracking', 'the Job controller must count the Pod and remove it'],
  ['customresourcecleanup.apiextensions.k8s.io', 'the API server still deletes its custom resources'],
  ['service.kubernetes.io/load-balancer-cleanup', 'the cloud provider still removes the load balancer'],
  ['networking.k8s.io/service-cidr-finalizer', 'it goes when no IPAddress of the range is in use any more'],
  ['resource.kubernetes.io/delete-protection', 'it goes when no Pod uses the ResourceClaim any more'],
  ['foregroundDeletion', 'the garbage collector is deleting its dependents'],
  ['orphan', 'the garbage collector still lets go of what it owns'],
  ['kubernetes', 'the namespace controller is deleting its contents'],
]);
