import type { Share } from './share.ts';

/** Where a share stands in what the user wrote. */
export type PlaceOf = (share: Share, field: string) => string;
