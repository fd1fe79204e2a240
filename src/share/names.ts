/** The names of shares in a Pod. Shares are recognized by these names, so they must not change. */

/** The volume with the copy tool. */
export const toolsVolume = 'bookend-tools';

/** The init container that puts the copy tool into its volume. */
export const seedContainer = 'bookend-seed';

/** Volume of a share, and in copy mode the init container that fills it. */
export function shareVolume(name: string): string {
  return `${sharePrefix}${name}`;
}

/** The share that a volume or container of this name belongs to. */
export function shareOfVolume(volume: string): string | undefined {
  return volume.startsWith(sharePrefix) ? volume.slice(sharePrefix.length) : undefined;
}

/** Everything of ours is mounted below this directory in the containers that we add. */
export const ownDirectory = '/.bookend';
export const toolsPath = `${ownDirectory}/tools`;
export const toolPath = `${toolsPath}/seed`;
export const copyPath = `${ownDirectory}/share`;

/** The name that the tool gives to the finished copy in the share's volume. */
export const contentName = 'content';

/** A volume's name is a DNS label of at most 63 characters. */
export const longestShareName = 63 - 'bookend-share-'.length;

const sharePrefix = 'bookend-share-';
