/** What keeps shares from working in Pods of a kind although its template can hold them. */
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { ShareWarning } from './share.ts';

/** To be shown when a share was put into the object. */
export function kindWarnings({ apiVersion, kind }: KubernetesObject): ShareWarning[] {
  if (groupOf(apiVersion) !== 'serving.knative.dev' || !['Service', 'Configuration'].includes(kind)) return [];
  const features = 'kubernetes.podspec-init-containers, kubernetes.podspec-volumes-emptydir';
  const message = `Knative refuses init containers and emptyDir volumes unless they are enabled in ConfigMap knative-serving/config-features (${features})`;
  return [{ field: 'spec.template.spec.initContainers', message }];
}
