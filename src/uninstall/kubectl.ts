/**
 * `kubectl delete -f`: the objects in the order of the files, each DELETE after the answer to the one before; then one
 * wait after the other until all are gone, without an end of its own. After any error nothing is waited for
 * (`pkg/cmd/delete`, `DeleteResult`).
 */
import { sleep } from '../cluster/clock.ts';
import { BookendError } from '../errors.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import {
  asBookendError,
  type Ending,
  elapsed,
  patience,
  plainObjectsOf,
  readCurrent,
  refIn,
  remove,
  type Uninstall,
  type UninstallContext,
} from './tool.ts';

export const kubectl: Uninstall = (context) => deleteAndWait(context, plainObjectsOf(context.subject));

/** Also how a person deletes a namespace. */
export async function deleteAndWait(context: UninstallContext, objects: readonly KubernetesObject[]): Promise<Ending> {
  const errors: string[] = [];
  const deleted: Deletion[] = [];
  for (const object of objects) {
    const outcome = await deleteOne(context, object);
    if (typeof outcome === 'string') errors.push(outcome);
    else deleted.push(outcome);
  }
  if (errors.length > 0) return { outcome: 'failed', message: errors.join('\n') };
  const at = elapsed(context);
  context.waitsForEver();
  for (const each of deleted) await untilGone(context, each.ref, each.uid);
  context.steps.push({ at, until: elapsed(context), what: 'wait-gone', answer: 'done' });
  const last = objects.at(-1);
  return { outcome: 'succeeded', ...(last && { message: `${last.kind.toLowerCase()} "${last.metadata.name}" deleted` }) };
}

type Deletion = { ref: ObjectRef; uid: string | undefined };

/** @returns what kubectl prints when it fails, or what to wait for. */
async function deleteOne(context: UninstallContext, object: KubernetesObject): Promise<string | Deletion> {
  const { name } = context.subject;
  const ref = refIn(object);
  const kind = await context.cluster.kind(ref.apiVersion, ref.kind);
  if (kind === undefined) {
    const at = elapsed(context);
    const message = `resource mapping not found for name: "${ref.name}" namespace: "${ref.namespace ?? ''}" from "${name}": no matches for kind "${ref.kind}" in version "${ref.apiVersion}"\nensure CRDs are installed first`;
    context.steps.push({ at, until: at, what: 'note', id: idOf(object), message });
    return `error: ${message}`;
  }
  const found = await readCurrent(context, ref).catch(asBookendError);
  const answer = await remove(context, ref, { propagation: 'Background' });
  if (answer instanceof BookendError) return `Error from server: error when deleting "${name}": ${answer.message}`;
  const resource = kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
  if (answer === 'absent')
    return `Error from server (NotFound): error when deleting "${name}": ${resource} "${ref.name}" not found`;
  return { ref, uid: found instanceof BookendError ? undefined : found?.metadata.uid };
}

/** One of the same name that came after it is another. */
async function untilGone(context: UninstallContext, ref: ObjectRef, uid: string | undefined): Promise<void> {
  const { clock } = context;
  const began = clock.now();
  for (;;) {
    const now = await readCurrent(context, ref).catch(asBookendError);
    if (now === undefined || (!(now instanceof BookendError) && now.metadata.uid !== uid)) return;
    await sleep(clock, patience(pollMs, clock.now() - began));
  }
}

/** kubectl asks five times a second. */
const pollMs = 200;
