/**
 * Commands for people, and their price. Each is as narrow as it can be: it names one object, and one finalizer at its
 * place.
 */
import type { KindInfo } from '../cluster/port.ts';
import { describeRef, groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shellCommand, shellWord } from '../objects/shell-quote.ts';
import { isWorkload } from '../teardown/kinds.ts';
import type { Help } from './blocker.ts';

type Kinds = { kinds: readonly KindInfo[] };

/** `widgets.example.com/one -n shop`, quoted for a shell where it has to be. */
export function named({ apiVersion, kind, metadata }: KubernetesObject, { kinds }: Kinds): string {
  const group = groupOf(apiVersion);
  const resource = kinds.find((each) => each.group === group && each.kind === kind)?.resource ?? kind.toLowerCase();
  const full = group === '' ? resource : `${resource}.${group}`;
  return shellCommand(`${full}/${metadata.name}`, ...(metadata.namespace ? ['-n', metadata.namespace] : []));
}

/** Tests the place first, so that it can remove nothing else, however the list has changed. */
export function removeFinalizer(object: KubernetesObject, finalizer: string, kinds: Kinds): Help {
  const index = (object.metadata.finalizers ?? []).indexOf(finalizer);
  const path = `/metadata/finalizers/${index}`;
  const patch = JSON.stringify([
    { op: 'test', path, value: finalizer },
    { op: 'remove', path },
  ]);
  return {
    command: `kubectl patch ${named(object, kinds)} --type=json -p ${shellWord(patch)}`,
    loses: `what ${finalizer} is there to clean up: it stays behind, and nobody knows of it any more`,
  };
}

export function forcePod(pod: KubernetesObject, node: string | undefined): Help {
  return {
    command: `kubectl delete ${shellCommand(`pod/${pod.metadata.name}`, '-n', pod.metadata.namespace ?? '')} --grace-period=0 --force`,
    loses: `the certainty that its containers have ended${node ? ` on node ${node}` : ''}: they may run on, beside whatever takes their place`,
  };
}

/** What the deletion of an object takes along. */
export function deletion(object: KubernetesObject): string {
  const name = describeRef(refOf(object));
  if (object.kind === 'Pod') return `${name}; whoever made it may make another`;
  if (object.kind === 'PersistentVolumeClaim') return `${name}, and its data unless its volume is retained`;
  return isWorkload(object) ? `${name} and its Pods` : `${name} and what was made out of it`;
}
