/**
 * The names that Bookend writes on other people's objects, and the few of others that it honours. They are a public
 * interface: a chart author types them, so they live in one place and never change.
 */

export const bookendGroup = 'bookend.dev';
export const bookendApiVersion = 'bookend.dev/v1alpha1';

/** Label on everything that a ClusterOperator installed; the value is the ClusterOperator's name. */
export const clusterOperatorLabel = 'bookend.dev/clusteroperator';

/**
 * Annotation on what a ClusterOperator made: the nonce whose SHA-256 its status held before. Proves whose it is until
 * its UID is recorded.
 */
export const nonceAnnotation = 'bookend.dev/nonce';

/**
 * Annotation on a ClusterOperator: UIDs of the policy and the binding that judged its last writer, `POLICY/BINDING`.
 * Needed only where it is older than these.
 */
export const judgedByAnnotation = 'bookend.dev/judged-by';

/** Annotation `"true"`: an object that exists already may be taken over. */
export const adoptAnnotation = 'bookend.dev/adopt';

/** Annotation `"true"`: never delete this object, nor what it needs. */
export const keepAnnotation = 'bookend.dev/keep';

/**
 * Annotation: identities that this object needs while it lives, separated by commas:
 * `ConfigMap/settings, Deployment.apps/db/server`.
 */
export const dependsOnAnnotation = 'bookend.dev/depends-on';

/** Annotation: rules whose findings on this object are accepted, separated by commas; the other one says why. */
export const ignoreAnnotation = 'bookend.dev/ignore';
export const ignoreReasonAnnotation = 'bookend.dev/ignore-reason';

/** Annotation on a custom resource or its CustomResourceDefinition: the workload that serves its finalizers. */
export const controllerAnnotation = 'bookend.dev/controller';

/**
 * Annotation on a workload of a ClusterOperator that has shares with mode auto: whether image volumes were counted on
 * when it was made, and for which Pod template, so that it keeps its modes.
 */
export const imageVolumesAnnotation = 'bookend.dev/image-volumes';

/**
 * Label on the Lease of a running `bookend uninstall -f`, with the value `files`, and annotation on it: which objects
 * it deletes, as digests, so that another one that names some of them finds it.
 */
export const uninstallLabel = 'bookend.dev/uninstall';
export const uninstallsAnnotation = 'bookend.dev/uninstalls';

/** Finalizer on a ClusterOperator from before its first child until everything of it is gone. */
export const teardownFinalizer = 'bookend.dev/teardown';

/** The field manager of every server-side apply. */
export const fieldManager = 'bookend';

/** Helm's own annotation; only the value `keep` means anything. */
export const helmResourcePolicyAnnotation = 'helm.sh/resource-policy';
