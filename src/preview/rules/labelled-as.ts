/**
 * The release and the chart that an object came from, as its labels and annotations have them. Anybody who may write to
 * the object can set these: a hint for people, from which nothing is concluded.
 */
import { textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';

/** `release shop/web, chart web-1.2.0`; undefined where nothing is written. */
export function labelledAs({ metadata: { labels, annotations } }: KubernetesObject): string | undefined {
  const name = textOf(annotations?.['meta.helm.sh/release-name']);
  const namespace = textOf(annotations?.['meta.helm.sh/release-namespace']);
  const chart = textOf(labels?.['helm.sh/chart']);
  const texts = [
    ...(name === undefined ? [] : [`release ${namespace === undefined ? '' : `${namespace}/`}${name}`]),
    ...(chart === undefined ? [] : [`chart ${chart}`]),
  ];
  return texts.length === 0 ? undefined : texts.join(', ');
}
