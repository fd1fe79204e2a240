/**
 * `bookend delete KIND --all` where the namespace has none, and others have some: the wrong namespace is likelier than
 * nothing to do.
 */
import { inTurns } from '../../cluster/in-turns.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { resourceName } from '../../objects/kind-names.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import type { DeleteFlags } from './flags.ts';
import type { Resolved } from './select.ts';

const shown = 5;

/**
 * @param resolved what was asked for, of which nothing was found
 * @returns sentences for a namespace that was given with `-n`
 * @throws BookendError `not-found` for the namespace of the context, which nobody has written
 */
export async function nothingHere(cluster: Cluster, resolved: readonly Resolved[], flags: DeleteFlags): Promise<string[]> {
  const asked = resolved.filter(({ selection, namespace, release }) => !selection.names && namespace !== undefined && !release);
  const found = await inTurns(4, asked, async (each) => ({ ...each, elsewhere: await namespacesWith(cluster, each) }));
  const sentences = found.flatMap(({ kind, namespace, elsewhere }) => {
    if (elsewhere.length === 0) return [];
    const more = elsewhere.length > shown ? ` and ${elsewhere.length - shown} more` : '';
    const others = `${elsewhere.length === 1 ? 'namespace' : 'namespaces'} ${elsewhere.slice(0, shown).join(', ')}${more}`;
    return [`namespace ${namespace} has no ${resourceName(kind)}; there are some in ${others}`];
  });
  const [first] = sentences;
  if (first === undefined || flags.namespace !== undefined || flags.ignoreNotFound) return sentences;
  const [other = ''] = found.flatMap(({ elsewhere }) => elsewhere);
  throw new BookendError('not-found', sentences.join('; '), {
    advice: `Pass the namespace: ${shellCommand('-n', other)}, or -A for all.`,
  });
}

/** None where they may not be listed. */
async function namespacesWith(cluster: Cluster, { kind, selection }: Resolved): Promise<string[]> {
  const { selector } = selection;
  try {
    const { items } = await cluster.list({
      ...{ apiVersion: kind.apiVersion, kind: kind.kind, metadataOnly: true },
      ...(selector !== undefined && { labelSelector: selector }),
    });
    return [...new Set(items.flatMap(({ metadata }) => metadata.namespace ?? []))].sort();
  } catch (error) {
    if (isCode(error, 'forbidden', 'not-found', 'unsupported')) return [];
    throw error;
  }
}
