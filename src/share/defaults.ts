/**
 * Defaults for all shares of a command, for example from a flag. A share uses those that it can have and does not set
 * itself.
 */
import type { Share } from './share.ts';

export type ShareDefaults = Pick<Share, 'mode' | 'medium' | 'sizeLimit' | 'resources'>;

/**
 * A mode that needs a source is not for a scratch share, nor scratch for one that has a source; resources are for
 * what may become a copy, and an image volume has no size and no medium. The share's own word counts more.
 *
 * @example withDefaults(parseShare('app:/c, web:/c'), { mode: 'copy' }) // stays a scratch share
 */
export function withDefaults(share: Share, { mode, medium, sizeLimit, resources }: ShareDefaults): Share {
  const mayHaveMode = mode !== undefined && (mode === 'auto' || (mode === 'scratch') === (share.from === undefined));
  const chosen = share.mode ?? (mayHaveMode ? mode : undefined);
  const mayCopy = share.from !== undefined && chosen !== 'image';
  const isVolume = chosen !== 'image' || share.mode === undefined;
  return {
    ...(chosen !== undefined && { mode: chosen }),
    ...(medium !== undefined && isVolume && { medium }),
    ...(sizeLimit !== undefined && isVolume && { sizeLimit }),
    ...(resources !== undefined && mayCopy && { resources }),
    ...share,
  };
}
