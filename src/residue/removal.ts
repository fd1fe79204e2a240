/**
 * What `--delete` may remove, and the digest by which a person confirms it. What rests only on what anybody could have
 * written is never in the list unless it was named; nor are data, and finalizers, whose removal forces something.
 */
import { createHash } from 'node:crypto';
import { BookendError } from '../errors.ts';
import { parseId } from '../objects/identity.ts';
import type { Receipt, Removal, Residue } from './receipt.ts';
import { isSure } from './verdict.ts';

export type PlannedRemoval = Removal & { residue: readonly Residue[] };

/**
 * @param named identities (`Secret/shop/tls`) that are to be removed too
 * @throws BookendError bad-input: one of them is no residue, or cannot be removed by itself
 */
export function planRemoval({ residue }: Pick<Receipt, 'residue'>, named: readonly string[] = []): PlannedRemoval {
  const wanted = new Set(named);
  const unknown = named.find((each) => !residue.some(({ id }) => id === each));
  if (unknown !== undefined) {
    throw new BookendError('bad-input', `${unknown} is not among the residue`, {
      field: '--include',
      advice: 'Write it as it is listed, for example Secret/shop/tls.',
    });
  }
  const chosen = residue.filter((each) => canRemove(each) && (isUsual(each) || wanted.has(each.id)));
  const items = chosen.map(({ id, ref, field }) => ({ id, uid: ref.uid, ...(field && { path: field.path }) }));
  return { digest: digestOf(chosen), items, residue: chosen };
}

/** A field that no patch can name exactly is left to a person. */
function canRemove({ field }: Residue): boolean {
  return field === undefined || (field.pointer !== undefined && field.path.startsWith('metadata.'));
}

function isUsual(each: Residue): boolean {
  return isSure(each) && each.what !== 'storage' && each.what !== 'finalizer';
}

function digestOf(residue: readonly Residue[]): string {
  const lines = residue.map(({ what, id, ref, resourceVersion, field }) =>
    JSON.stringify([what, id, ref.uid, isStill(id) ? resourceVersion : '', field?.path, field?.value]),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 16);
}

/** Kinds that nobody writes all the time: a change since the list was shown is news. Others change by the second. */
function isStill(id: Residue['id']): boolean {
  return still.has(parseId(id).kind);
}

const still = new Set([
  ...['Secret', 'ConfigMap', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
]);
