/** Options that only a copy can have, by the names that users write. */
import type { Share } from './share.ts';

const names = ['medium', 'sizeLimit', 'owners', 'chown', 'chmod', 'resources', 'onConflict'] as const;

/** The first of them that the share has. */
export function copyOptionOf(share: Share): string | undefined {
  return optionsOnlyForCopies(share)[0];
}

export function optionsOnlyForCopies(share: Share): (typeof names)[number][] {
  return names.filter((name) => share[name] !== undefined);
}
