/**
 * Where the static copy tool comes from when nobody says otherwise: the image that was released with this very version.
 */
import { version } from './build.ts';

/** Of `--seed-image`, for every verb that has it. */
export const defaultSeedImage = `registry.bookend.dev/seed:${version}`;
