/** What a probe's Pod tells so far. Pure. */
import { conditionOf } from '../objects/conditions.ts';
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Outcome } from './finding.ts';
import { probeContainer } from './probe-pod.ts';

export type ProbeResult = { outcome: Outcome; message: string; node?: string };

/** Undefined while it may still come to something. */
export function resultOf(pod: KubernetesObject): ProbeResult | undefined {
  const result = ended(pod) ?? stuck(pod);
  return result && { ...result, ...nodeOf(pod) };
}

/** When there is no time left. */
export function resultInTheEnd(pod: KubernetesObject): ProbeResult {
  return (
    resultOf(pod) ?? { outcome: 'unclear', message: `its Pod did not come to an end in time: ${stateOf(pod)}`, ...nodeOf(pod) }
  );
}

/** The exit codes of `seed check`: see tools/seed/README.md. Others are faults of something else. */
const told: Readonly<Record<number, { outcome: Outcome; message: string }>> = {
  0: { outcome: 'works', message: '' },
  8: { outcome: 'fails', message: 'a container saw an empty directory in place of the one in the image' },
  9: { outcome: 'fails', message: 'a container saw the whole image in place of a directory of it (subPath)' },
  10: { outcome: 'fails', message: 'a container saw something else in place of the directory in the image' },
  11: { outcome: 'fails', message: 'programs in them cannot be run there (noexec), as they can in a copy' },
};

function ended(pod: KubernetesObject): ProbeResult | undefined {
  const terminated = mapOf(fieldAt(containerOf(pod), 'state', 'terminated'));
  const { exitCode } = terminated;
  if (typeof exitCode === 'number') {
    const known = told[exitCode];
    if (known) return known;
    // The runtime says by this that the container could not be started, not that it ended.
    if (textOf(terminated.reason) === 'StartError' || textOf(terminated.reason) === 'ContainerCannotRun') {
      return { outcome: 'fails', message: `a container could not be started with one: ${oneLine(terminated.message)}` };
    }
    return {
      outcome: 'unclear',
      message: `its container ended with ${exitCode}: ${oneLine(terminated.message ?? terminated.reason)}`,
    };
  }
  if (fieldAt(pod, 'status', 'phase') !== 'Failed') return undefined;
  const { reason, message } = mapOf(pod.status);
  return {
    outcome: 'unclear',
    message: `its Pod failed: ${[reason, message].filter(Boolean).map(oneLine).join(': ') || 'no reason is given'}`,
  };
}

/** What the kubelet tries again and again, and will not get further with. */
function stuck(pod: KubernetesObject): ProbeResult | undefined {
  const { reason, message } = mapOf(fieldAt(containerOf(pod), 'state', 'waiting'));
  switch (reason) {
    case 'CreateContainerError':
    case 'RunContainerError':
      return { outcome: 'fails', message: `a container could not be started with one: ${oneLine(message)}` };
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
    case 'ImageInspectError':
    case 'RegistryUnavailable':
    case 'SignatureValidationFailed':
      return { outcome: 'unclear', message: `its image cannot be pulled: ${oneLine(message ?? reason)}` };
    case 'CreateContainerConfigError':
      return { outcome: 'unclear', message: `its container cannot be made: ${oneLine(message)}` };
    default:
      return undefined;
  }
}

function stateOf(pod: KubernetesObject): string {
  const waiting = textOf(fieldAt(containerOf(pod), 'state', 'waiting', 'reason'));
  if (waiting !== undefined) return `its container is waiting (${waiting})`;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'True') return `it has no node (${oneLine(scheduled?.message ?? 'the scheduler has not said why')})`;
  return `it is ${textOf(fieldAt(pod, 'status', 'phase')) ?? 'Pending'}`;
}

/** Ours: a service mesh may have put others beside it. */
function containerOf(pod: KubernetesObject): unknown {
  return listOf(fieldAt(pod, 'status', 'containerStatuses')).find((each) => fieldAt(each, 'name') === probeContainer);
}

function nodeOf(pod: KubernetesObject): { node?: string } {
  const node = textOf(fieldAt(pod, 'spec', 'nodeName'));
  return node === undefined ? {} : { node };
}

/** Runtimes write long and in several lines; what is kept is shown to people in a sentence. */
export function oneLine(text: unknown): string {
  const line = (textOf(text) ?? 'no reason is given').replaceAll(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

const longest = 300;
