/**
 * What a person can do, as data, with what it loses. Each remedy is as narrow as possible: it names one object, and one
 * finalizer by its position.
 */
import type { KindInfo } from '../cluster/port.ts';
import { fieldAt, textOf } from '../objects/fields.ts';
import { describeRef, groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { CommandStep, ProposedRemedy } from '../remedies/remedy.ts';
import { isPod, isWorkload } from '../teardown/kinds.ts';
import { originOf } from './origin.ts';

type Kinds = { kinds: readonly KindInfo[] };

export function kubectl(...words: string[]): CommandStep {
  return { do: 'run', when: 'now', argv: ['kubectl', ...words] };
}

/** A command that only shows something. @param says what to look for */
export function look(says: string, ...words: string[]): ProposedRemedy {
  return { says, steps: [{ ...kubectl(...words), looks: true }] };
}

/**
 * The words `widgets.example.com/one -n shop`. With its version, `widgets.v1.example.com`, where it was read at another
 * one than kubectl takes by itself: the conversion to that one may be dead.
 */
export function named({ apiVersion, kind, metadata }: KubernetesObject, { kinds }: Kinds): string[] {
  const group = groupOf(apiVersion);
  const info = kinds.find((each) => each.group === group && each.kind === kind);
  const resource = info?.resource ?? kind.toLowerCase();
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const versioned = info === undefined || info.version === version ? resource : `${resource}.${version}`;
  const full = group === '' ? resource : `${versioned}.${group}`;
  return [`${full}/${metadata.name}`, ...inNamespace(metadata.namespace)];
}

export function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace];
}

/**
 * Tests the place first, so that it can remove nothing else, however the list has changed.
 * @param before what would refuse the patch, taken out of the way
 */
export function removeFinalizer(
  object: KubernetesObject,
  finalizer: string,
  kinds: Kinds,
  before: readonly ProposedRemedy[] = [],
): ProposedRemedy {
  const index = (object.metadata.finalizers ?? []).indexOf(finalizer);
  const path = `/metadata/finalizers/${index}`;
  const patch = JSON.stringify([
    { op: 'test', path, value: finalizer },
    { op: 'remove', path },
  ]);
  const first = before.map(({ says }) => `${says.charAt(0).toLowerCase()}${says.slice(1, -1)}`);
  const removal = `remove finalizer ${finalizer} from ${describeRef(refOf(object))}`;
  const [start = '', ...more] = [...first, removal].join(', then ');
  return {
    says: `${start.toUpperCase()}${more.join('')}.`,
    steps: [
      ...before.flatMap(({ steps }) => steps).map(repeatable),
      kubectl('patch', ...named(object, kinds), '--type=json', '-p', patch),
    ],
    loses: [lostWith(finalizer, object), ...before.flatMap(({ loses }) => loses ?? [])].join('; and '),
  };
}

/** Its name says that it protects what somebody uses, and cleans up nothing. */
export function isGuard(finalizer: string): boolean {
  return /protection$|\/service-cidr-finalizer$|\bin-?use\b/.test(finalizer);
}

function lostWith(finalizer: string, object: KubernetesObject): string {
  const name = describeRef(refOf(object));
  if (object.kind === 'VolumeAttachment') {
    const node = textOf(fieldAt(object.spec, 'nodeName')) ?? '?';
    return `the certainty that the volume is detached from node ${node}: attached to two nodes, its data can be destroyed`;
  }
  if (isGuard(finalizer)) return `the protection of ${name} while it is in use: whatever uses it may fail or lose data`;
  return `what ${finalizer} would clean up: it stays behind, and nothing in the cluster refers to it any more`;
}

/** A deletion that may have been made already, for another finalizer. */
function repeatable(step: ProposedRemedy['steps'][number]): ProposedRemedy['steps'][number] {
  if (step.do !== 'run' || step.argv[1] !== 'delete') return step;
  return { ...step, argv: [...step.argv, '--ignore-not-found'] };
}

export function forcePod(pod: KubernetesObject, node: string | undefined): ProposedRemedy {
  return {
    says: `Remove ${describeRef(refOf(pod))} from the API without waiting for its kubelet.`,
    steps: [kubectl('delete', `pod/${pod.metadata.name}`, ...inNamespace(pod.metadata.namespace), '--grace-period=0', '--force')],
    loses: `the certainty that its containers have ended${node ? ` on node ${node}` : ''}: they may still run next to their replacements`,
  };
}

/** Where finalizers keep it, the command does not wait: `why` shows the rest of the way. */
export function deleteObject(object: KubernetesObject, kinds: Kinds, loses = deletion(object)): ProposedRemedy {
  const isHeld = (object.metadata.finalizers ?? []).length > 0;
  const origin = originOf(object);
  return {
    says: `Delete ${describeRef(refOf(object))}${origin === undefined ? '' : ` (${origin})`}.`,
    steps: [kubectl('delete', ...named(object, kinds), ...(isHeld ? ['--wait=false'] : []))],
    loses,
  };
}

/** A Pod of which only the object is left. */
export function hasEnded(object: KubernetesObject): boolean {
  return isPod(object) && /^(Succeeded|Failed)$/.test(textOf(fieldAt(object, 'status', 'phase')) ?? '');
}

/** What the deletion of an object takes along. */
function deletion(object: KubernetesObject): string {
  const name = describeRef(refOf(object));
  if (hasEnded(object)) return `${name} and its logs`;
  if (object.kind === 'Pod') return `${name}; a controller may create another`;
  if (object.kind === 'PersistentVolumeClaim') return `${name}, and its data unless its volume is retained`;
  return isWorkload(object) ? `${name} and its Pods` : `${name} and what its controller created for it`;
}
