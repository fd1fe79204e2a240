/**
 * Other managers of live objects: a Helm release, a GitOps tool, a controller. They would create an object again, or
 * keep a record of it. Their labels are shown to people and decide nothing: everybody who may write an object can write
 * its labels.
 */

import { append } from '../objects/append.ts';
import { describeId, describeRef, idOf, type ObjectId } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shellCommand } from '../objects/shell-quote.ts';

/** Sentences, one for each of those who manage some of the objects. @param going live objects that are to go */
export function managedByNotes(going: readonly KubernetesObject[]): string[] {
  const uids = new Set(going.map(({ metadata }) => metadata.uid));
  const found = new Map<string, ObjectId[]>();
  for (const object of going) {
    const manager = managerOf(object, uids);
    if (manager !== undefined) append(found, manager, idOf(object));
  }
  return [...found].map(([manager, ids]) => {
    const [first] = ids;
    const more = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
    return `${first === undefined ? '' : describeId(first)}${more}: ${manager}`;
  });
}

const flux = 'toolkit.fluxcd.io';

function managerOf({ metadata }: KubernetesObject, going: ReadonlySet<string | undefined>): string | undefined {
  const { annotations = {}, labels = {}, ownerReferences = [] } = metadata;
  const controller = ownerReferences.find((owner) => owner.controller === true && !going.has(owner.uid));
  if (controller) return `made by ${describeRef(controller)}, which is not to go and may make it again`;
  const operator = labels[clusterOperatorLabel];
  if (operator !== undefined)
    return `made by ClusterOperator ${operator}, which makes it again; to take that down: ${shellCommand('bookend', 'delete', 'clusteroperators', operator)}`;
  for (const [word, kind] of [
    ['kustomize', 'kustomization'],
    ['helm', 'helmrelease'],
  ] as const) {
    const name = labels[`${word}.${flux}/name`];
    const namespace = labels[`${word}.${flux}/namespace`];
    if (name !== undefined && namespace !== undefined)
      return `applied by Flux, which applies it again; to prevent that: ${shellCommand('flux', 'suspend', kind, name, '-n', namespace)}`;
  }
  const application = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0] ?? labels['argocd.argoproj.io/instance'];
  if (application !== undefined)
    return `applied by Argo CD, which may apply it again; to prevent that: ${shellCommand('argocd', 'app', 'set', application.replace('_', '/'), '--sync-policy', 'none')}`;
  const release = annotations['meta.helm.sh/release-name'];
  const place = annotations['meta.helm.sh/release-namespace'];
  if (release === undefined || place === undefined) return undefined;
  return `of Helm release ${release} in namespace ${place}, which Helm goes on listing; this takes down all of it, with its hooks: ${shellCommand('bookend', 'uninstall', release, '-n', place)}`;
}
