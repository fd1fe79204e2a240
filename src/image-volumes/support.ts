/**
 * Whether image volumes with a `subPath` can be expected by the versions alone. Versions never prove them: a feature
 * gate may be off, and a runtime that does not know them starts containers all the same (k3s-io/k3s#14323,
 * containerd/containerd#11580). But where they rule them out nobody needs to try.
 */
import type { NodeFacts } from './node.ts';
import { isAtLeast, versionOf } from './version.ts';

/** `why` is the end of a sentence that begins with what has the version: "the API server", "node worker-3". */
export type Support = { expected: true } | { expected: false; why: string };

/** On by default from 1.35 on, and for good from 1.36 on (feature gate `ImageVolume`, KEP-4639). */
const leastKubernetes = [1, 35] as const;

/**
 * Images as a whole, and directories of them: `image_sub_path` of the CRI.
 */
const runtimes: Readonly<Record<string, { name: string; whole: readonly [number, number]; subPath: readonly [number, number] }>> =
  {
    containerd: { name: 'containerd', whole: [2, 1], subPath: [2, 2] },
    'cri-o': { name: 'CRI-O', whole: [1, 31], subPath: [1, 33] },
  };

/** @param version as the API server tells it: `v1.37.2` */
export function serverSupport(version: string): Support {
  return kubernetesSupport('is', version);
}

export function nodeSupport({ runtime, kubelet, os }: NodeFacts): Support {
  if (os !== 'linux')
    return { expected: false, why: `has the operating system ${os || 'that it does not tell'}, and shares are for Linux` };
  const ofKubelet = kubernetesSupport('has kubelet', kubelet);
  return ofKubelet.expected ? runtimeSupport(runtime) : ofKubelet;
}

function kubernetesSupport(verb: string, text: string): Support {
  const version = versionOf(text);
  if (!version)
    return { expected: false, why: `${verb} ${text || 'of a version that it does not tell'}, of which nothing is known` };
  if (isAtLeast(version, leastKubernetes)) return { expected: true };
  return { expected: false, why: `${verb} ${text}, and image volumes are there from v${leastKubernetes.join('.')} on` };
}

function runtimeSupport(text: string): Support {
  const [id = '', rest = ''] = text.split('://');
  const runtime = runtimes[id];
  const version = versionOf(rest);
  if (!runtime || !version) {
    return { expected: false, why: `has the container runtime ${text || 'that it does not tell'}, of which nothing is known` };
  }
  if (isAtLeast(version, runtime.subPath)) return { expected: true };
  const has = `has ${runtime.name} ${rest}`;
  const least = runtime.subPath.join('.');
  return {
    expected: false,
    why: isAtLeast(version, runtime.whole)
      ? `${has}, which shows images only as a whole: directories of them from ${least} on`
      : `${has}, and directories of images can be mounted from ${least} on`,
  };
}
