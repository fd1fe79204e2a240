/** The progress in a Secret or ConfigMap. What owns the record owns it: of a release it goes with the last revision. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { fieldAt, isMap, listOf, mapOf, textOf, textsOf } from '../../objects/fields.ts';
import { describeRef, idOfRef } from '../../objects/identity.ts';
import { fieldManager } from '../../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { PlanStep } from '../../plan/plan.ts';
import type { HookEvent } from '../helm-hooks.ts';
import { uninstallLabels } from './overlap.ts';
import type { Memory, Progress } from './progress.ts';
import { leaseOf, ownerOf, progressRef, type UninstallRecord } from './record.ts';

const type = 'bookend.dev/uninstall.v1';
/** Of what is packed: less than a Secret or ConfigMap can hold, in bytes. */
const mostPacked = 700_000;
const mostUnpacked = 64 * 1024 * 1024;

/** An earlier process has left its traces: what it has deleted may still be stopping, and its Lease is to go too. */
export async function hasBegun(cluster: Cluster, record: UninstallRecord): Promise<boolean> {
  const progress = await keptProgress(cluster, record).load();
  return progress !== undefined || (await cluster.get(leaseOf(record), { metadataOnly: true })) !== undefined;
}

/** What was written for another owner, or by nobody who knows how, counts as nothing. */
export function keptProgress(cluster: Cluster, record: UninstallRecord): Memory {
  const { owner } = record;
  const ref = progressRef(record);
  let written: string | undefined;
  /** Of what we have written last. */
  let uid: string | undefined;
  return {
    async load() {
      const object = await cluster.get(ref);
      if (object === undefined) return undefined;
      refuseForeign(object, ref);
      const isOfThis = owner === undefined || (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.uid);
      const progress = isOfThis ? readProgress(textOf(fieldAt(object, 'data', 'progress')) ?? '') : undefined;
      written = progress && asText(progress);
      return progress;
    },
    async save(progress) {
      const text = asText(progress);
      if (text === written) return;
      const packed = gzipSync(text);
      if (packed.length > mostPacked)
        throw new BookendError(
          'blocked',
          `the order of ${progress.order.steps.length} objects is too large to be kept in ${describeRef(ref)}`,
          {
            advice: 'Delete custom resources first, with bookend delete. Nothing was deleted.',
          },
        );
      const { object } = await cluster.apply(objectFor(record, packed.toString('base64')), { fieldManager, force: true });
      written = text;
      uid = object.metadata.uid;
    },
    async forget() {
      if (uid === undefined) {
        const object = await cluster.get(ref);
        if (object === undefined) return;
        refuseForeign(object, ref);
        uid = object.metadata.uid;
      }
      await cluster.delete(ref, { ...(uid !== undefined && { uid }) }).catch((error: unknown) => {
        if (!isCode(error, 'not-found')) throw error;
      });
    },
  };
}

/** Of the order only what counts when it is read again; always the same text for the same progress. */
function asText({ startedAt, nonce, hooksDone, eventsDone, order }: Progress): string {
  const steps = order.steps.map(({ ref, mode, after, between }) => {
    const { apiVersion, kind, namespace, name, uid } = ref;
    return { ref: { apiVersion, kind, namespace, name, uid }, mode, after, between };
  });
  return JSON.stringify({ startedAt, nonce, hooksDone, eventsDone, order: { steps } });
}

function objectFor(record: UninstallRecord, progress: string): KubernetesObject {
  const { apiVersion, kind, name, namespace } = progressRef(record);
  const owner = ownerOf(record);
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(record.objects && { labels: uninstallLabels }),
      ...(owner && { ownerReferences: [owner] }),
    },
    ...(kind === 'Secret' ? { type, data: { progress } } : { data: { format: type, progress } }),
  };
}

function refuseForeign(object: KubernetesObject, ref: ObjectRef): void {
  if ((object.kind === 'Secret' ? object.type : fieldAt(object, 'data', 'format')) === type) return;
  throw new BookendError('already-exists', `${describeRef(ref)} exists and is not Bookend's`, {
    object: describeRef(ref),
    advice: 'Bookend keeps the order there: rename or delete this object. Nothing was deleted.',
  });
}

/** Others may have written it: whatever is not as it must be is left out. */
function readProgress(packed: string): Progress | undefined {
  const read = unpacked(packed);
  const startedAt = read?.startedAt;
  const nonce = textOf(read?.nonce);
  if (read === undefined || typeof startedAt !== 'number' || nonce === undefined || !/^[\w-]{8,64}$/.test(nonce))
    return undefined;
  const events: readonly HookEvent[] = ['pre-delete', 'post-delete'];
  const done = new Set(textsOf(read.eventsDone));
  return {
    startedAt,
    nonce,
    hooksDone: textsOf(read.hooksDone),
    eventsDone: events.filter((event) => done.has(event)),
    order: { steps: listOf(mapOf(read.order).steps).flatMap(stepOf) },
  };
}

function unpacked(packed: string): Record<string, unknown> | undefined {
  try {
    const text = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: mostUnpacked }).toString('utf8');
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const modes: readonly PlanStep['mode'][] = ['delete', 'keep', 'await'];

function stepOf(value: unknown): PlanStep[] {
  const { ref, mode, after, between } = mapOf(value);
  const { apiVersion, kind, namespace, name, uid } = mapOf(ref);
  const known = modes.find((each) => each === mode);
  if (known === undefined || typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return [];
  const place = textOf(namespace);
  const was = textOf(uid);
  const full: ObjectRef = {
    apiVersion,
    kind,
    name,
    ...(place !== undefined && { namespace: place }),
    ...(was !== undefined && { uid: was }),
  };
  const owners = textsOf(between);
  return [
    {
      ...{ id: idOfRef(full), ref: full, mode: known, after: textsOf(after) as PlanStep['after'] },
      ...(owners.length > 0 && { between: owners }),
    },
  ];
}
