/**
 * The Pod that tries an image volume: it mounts a directory of the image that it runs, and tells what it sees there.
 * It needs no right, no volume but this one and next to no resources, satisfies the Pod Security Standard
 * *restricted*, and goes to a node of the pool whatever its taints.
 */
import { fieldAt, listOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Pool } from './pools.ts';

/** Label on every such Pod; the value is the key of the pool. What bears it is ours to delete. */
export const probeLabel = 'bookend.dev/image-volume-probe';

/**
 * The directory in the seed image that `seed check` knows. Deep, so that a runtime that shows the first part of a
 * path only is found out.
 */
export const sentinelDirectory = 'check/sub/path';

export const probeContainer = 'check';

/** How long it may take from its creation, pulling the image included. */
export const probeDeadlineMs = 120_000;

export type ProbeSettings = {
  namespace: string;
  /** Reference of the image with the copy tool. */
  seedImage: string;
  /** As in a Pod spec: `[{name: …}]`. */
  imagePullSecrets?: readonly unknown[];
  /** Absent: the default account of the namespace. No token of it is in the Pod in any case. */
  serviceAccountName?: string;
  /**
   * A directory of another image, to prove that it is one: a container with anything else never starts. Absent: that
   * of the seed image.
   */
  shows?: { image: string; path: string; pullPolicy?: string };
};

/** @param name unique in the namespace */
export function probePod(
  pool: Pool,
  name: string,
  { namespace, seedImage, imagePullSecrets = [], serviceAccountName, shows }: ProbeSettings,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      // Not those of the operator's own Pods: a Service must not send anything here.
      labels: { [probeLabel]: pool.key, 'app.kubernetes.io/name': 'bookend-probe', 'app.kubernetes.io/managed-by': 'bookend' },
    },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: probeDeadlineMs / 1000,
      terminationGracePeriodSeconds: 1,
      ...(serviceAccountName !== undefined && { serviceAccountName }),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(imagePullSecrets.length > 0 && { imagePullSecrets }),
      securityContext: { runAsNonRoot: true, runAsUser: nobody, runAsGroup: nobody, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: probeContainer,
          image: seedImage,
          command: shows ? ['/seed', 'version'] : ['/seed', 'check', mountPath],
          resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: [{ name: 'image', mountPath, subPath: shows?.path ?? sentinelDirectory, readOnly: true }],
        },
      ],
      volumes: [{ name: 'image', image: shown(seedImage, shows) }],
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: termsOf(pool) } } },
    },
  };
}

function shown(seedImage: string, shows: ProbeSettings['shows']): object {
  if (!shows) return { reference: seedImage };
  return { reference: shows.image, ...(shows.pullPolicy !== undefined && { pullPolicy: shows.pullPolicy }) };
}

const mountPath = '/image';
const nobody = 65532;

/** Enough for one of them to have room. */
const mostNodes = 20;

/** One term for each node, as `metadata.name` takes one value only. Nodes that take Pods at present come first. */
function termsOf({ nodes }: Pool): object[] {
  return nodes
    .filter(({ ready }) => ready)
    .toSorted((one, other) => Number(one.cordoned) - Number(other.cordoned))
    .slice(0, mostNodes)
    .map(({ name }) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }));
}

/** Whether the API server kept the volume: with its feature gate off it drops the fields that it does not know. */
export function hasImageVolume(pod: KubernetesObject): boolean {
  const [volume] = listOf(fieldAt(pod, 'spec', 'volumes')).filter((each) => fieldAt(each, 'name') === 'image');
  return fieldAt(volume, 'image', 'reference') !== undefined;
}
