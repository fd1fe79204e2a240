/**
 * Finds shares in places where they have no effect. It checks the workload, because its author sees the answer; nobody
 * sees warnings about Pods that a controller creates.
 */
import { anyPodTemplateOf } from '../objects/any-pod-template.ts';
import { textMapOf } from '../objects/fields.ts';
import { describeRef, groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { injectLabel, shareAnnotationPrefix } from './annotations.ts';
import { firstReasons, listed, shortened } from './limits.ts';
import type { ShareWarning } from './share.ts';

/**
 * Annotations and labels of shares on the wrong object or of the wrong sort. Pure; empty when nothing is misplaced.
 *
 * @param templatePath as `anyPodTemplateOf` has it
 */
export function misplacedShares(object: KubernetesObject, templatePath?: string): ShareWarning[] {
  const template = anyPodTemplateOf(object, templatePath);
  const own = { labels: textMapOf(object.metadata.labels), annotations: textMapOf(object.metadata.annotations) };
  if (!template) return onOther(object, own);
  const { metadataPath } = template;
  const isPod = metadataPath === 'metadata';
  return firstReasons([
    ...(isPod ? [] : [...onWorkload(own, metadataPath), ...nearMisses('metadata.annotations', own.annotations)]),
    ...inTemplate(template, metadataPath),
    ...nearMisses(`${metadataPath}.annotations`, template.annotations),
    ...nearMisses(`${metadataPath}.labels`, template.labels),
  ]);
}

type Marks = { labels: Record<string, string>; annotations: Record<string, string> };

/** What stands on the workload is for the workload: its Pods get only what stands in their template. */
function onWorkload({ labels, annotations }: Marks, metadataPath: string): ShareWarning[] {
  const shares = sharesIn(annotations);
  const warnings: ShareWarning[] = [];
  if (shares.length > 0) {
    const message = `${count(shares)} on the workload itself, without effect: move ${shares.length === 1 ? 'it' : 'them'} to ${metadataPath}.annotations`;
    warnings.push({ field: fieldOf('metadata.annotations', shares[0] ?? ''), message });
  }
  for (const [list, marks] of Object.entries({ labels, annotations })) {
    if (!Object.hasOwn(marks, injectLabel)) continue;
    const message = `has no effect on the workload itself: move it to the Pod template, ${metadataPath}.labels`;
    warnings.push({ field: fieldOf(`metadata.${list}`, injectLabel), message });
  }
  return warnings;
}

function inTemplate({ labels, annotations }: Marks, metadataPath: string): ShareWarning[] {
  const shares = sharesIn(annotations);
  const field = (list: string, key: string) => fieldOf(`${metadataPath}.${list}`, key);
  const label = labels[injectLabel];
  const warnings = Object.keys(labels)
    .filter((key) => key !== injectLabel && key.startsWith(shareAnnotationPrefix))
    .map((key) => ({ field: field('labels', key), message: 'is a label; a share is an annotation: move it' }));
  if (Object.hasOwn(annotations, injectLabel)) {
    const message = `is an annotation here, and must be a label: write ${injectLabel}: "true" in ${metadataPath}.labels`;
    return [...warnings, { field: field('annotations', injectLabel), message }];
  }
  if (label !== undefined && label !== 'true' && shares.length > 0) {
    const message = `must be "true", or the webhook ignores the Pod; it is ${JSON.stringify(label.slice(0, 63))}`;
    return [...warnings, { field: field('labels', injectLabel), message }];
  }
  if (label === 'true' && shares.length === 0 && warnings.length === 0) {
    const message = `needs an annotation such as ${shareAnnotationPrefix}web: without it every Pod is rejected`;
    return [...warnings, { field: field('labels', injectLabel), message }];
  }
  if (label === undefined && shares.length > 0) {
    const message = `${count(shares)} here without the label ${injectLabel}: "true", so the webhook ignores the Pod: add the label to ${metadataPath}.labels`;
    return [...warnings, { field: field('annotations', shares[0] ?? ''), message }];
  }
  return warnings;
}

/** Keys that look like ours and are not: nobody else reads them either. */
function nearMisses(list: string, marks: Record<string, string>): ShareWarning[] {
  return Object.keys(marks)
    .filter((key) => key.length <= longestKey && isNearMiss(key))
    .map((key) => {
      const name = key.replace(/^.*[/.]/, '') || 'web';
      const message = `is unknown: did you mean ${shareAnnotationPrefix}${shortened(name, 49)}?`;
      return { field: fieldOf(list, key), message };
    });
}

/** As `shares.bookend.dev/www`, `bookend.dev/share`, `share.bookend.io/www`. */
function isNearMiss(key: string): boolean {
  return /bookend/i.test(key) && /share|inject/i.test(key) && !key.startsWith(shareAnnotationPrefix);
}

const longestKey = 317;

/** An object without Pods, or one whose Pod template is not found. */
function onOther(object: KubernetesObject, { labels, annotations }: Marks): ShareWarning[] {
  const [first] = sharesIn(annotations);
  const key =
    first ?? [labels, annotations].map((marks) => (Object.hasOwn(marks, injectLabel) ? injectLabel : undefined)).find(Boolean);
  if (key === undefined) return [];
  const list = Object.hasOwn(annotations, key) ? 'annotations' : 'labels';
  const message = `${describeRef(refOf(object))} has no Pod template that Bookend knows: add shares to Pods, or to the metadata of a Pod template`;
  return [{ field: fieldOf(`metadata.${list}`, key), message }];
}

function sharesIn(annotations: Record<string, string>): string[] {
  return Object.keys(annotations)
    .filter((key) => key.startsWith(shareAnnotationPrefix) && key !== injectLabel)
    .sort();
}

function count(shares: readonly string[]): string {
  const names = listed(
    shares.map((key) => key.slice(shareAnnotationPrefix.length)),
    3,
  );
  return shares.length === 1 ? `share ${names} is` : `shares ${names} are`;
}

function fieldOf(map: string, key: string): string {
  return `${map}[${key}]`;
}

/** To be shown when a share was put into the object. */
export function kindWarnings({ apiVersion, kind }: KubernetesObject): ShareWarning[] {
  if (groupOf(apiVersion) !== 'serving.knative.dev' || !['Service', 'Configuration'].includes(kind)) return [];
  const features = 'kubernetes.podspec-init-containers, kubernetes.podspec-volumes-emptydir';
  const message = `Knative refuses init containers and emptyDir volumes unless they are enabled in ConfigMap knative-serving/config-features (${features})`;
  return [{ field: 'spec.template.spec.initContainers', message }];
}
