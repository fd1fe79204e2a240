/**
 * Records of uninstalls of files (`bookend uninstall -f`) in a namespace. No release and no object of the files owns
 * them, so those of a process that was killed stay until the same command is repeated, or somebody removes them.
 */
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { uninstallLabel } from '../../objects/names.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import type { Snapshot } from '../../residue/snapshot.ts';
import { prefixOfFiles } from '../../uninstall/ordered/record.ts';

/** Secrets with the order, and Leases. */
export function unfinishedIn(namespace: string, { objects }: Snapshot): ObjectId[] {
  return [...objects.values()]
    .filter(({ id, ref, labels }) => {
      const { kind, group } = parseId(id);
      const isRecord = (kind === 'Secret' && group === '') || (kind === 'Lease' && group === 'coordination.k8s.io');
      return isRecord && ref.namespace === namespace && labels[uninstallLabel] === 'files' && ref.name.startsWith(prefixOfFiles);
    })
    .map(({ id }) => id)
    .sort();
}

/** A paragraph with a command for each. */
export function unfinishedText(namespace: string, records: readonly ObjectId[]): string {
  const byName = Map.groupBy(records, (id) => parseId(id).name);
  const commands = [...byName.values()].map((ids) => {
    const words = ids.map((id) => `${parseId(id).kind.toLowerCase()}/${parseId(id).name}`);
    return `  ${shellCommand('kubectl', 'delete', ...words, '-n', namespace)}\n`;
  });
  return [
    `Uninstalls of files that run in namespace ${namespace}, or were not finished: ${records.map(describeId).join(', ')}\n`,
    'The same command of bookend uninstall continues one. To remove the record of one that nobody continues:\n',
    ...commands,
  ].join('');
}
