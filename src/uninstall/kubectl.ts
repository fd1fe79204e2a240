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
  const deleted: { ref: ObjectRef; uid: string | undefined }[] = [];
  for (const object of objects) {
    const ref = refIn(object);
    const kind = await context.cluster.kind(ref.apiVersion, ref.kind);
    if (kind === undefined) {
      const at = elapsed(context);
      const message = `resource mapping not found for name: "${ref.name}" namespace: "${ref.namespace ?? ''}" from "${context.subject.name}": no matches for kind "${ref.kind}" in version "${ref.apiVersion}"\nensure CRDs are installed first`;
      context.steps.push({ at, until: at, what: 'note', id: idOf(object), message });
      errors.push(`error: ${message}`);
      continue;
    }
    const found = await readCurrent(context, ref).catch(asBookendError);
    const uid = found instanceof BookendError ? undefined : found?.metadata.uid;
    const answer = await remove(context, ref, { propagation: 'Background' });
    if (answer instanceof BookendError)
      errors.push(`Error from server: error when deleting "${context.subject.name}": ${answer.message}`);
    else if (answer === 'absent') {
      const resource = kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
      errors.push(
        `Error from server (NotFound): error when deleting "${context.subject.name}": ${resource} "${ref.name}" not found`,
      );
    } else deleted.push({ ref, uid });
  }
  if (errors.length > 0) return { outcome: 'failed', message: errors.join('\n') };
  const at = elapsed(context);
  context.waitsForEver();
  for (const each of deleted) await untilGone(context, each.ref, each.uid);
  context.steps.push({ at, until: elapsed(context), what: 'wait-gone', answer: 'done' });
  const last = objects.at(-1);
  return { outcome: 'succeeded', ...(last && { message: `${last.kind.toLowerCase()} "${last.metadata.name}" deleted` }) };
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
