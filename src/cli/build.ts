/** Which build of Bookend this is. */
import packageJson from '../../package.json' with { type: 'json' };

/** Written into the bundle when it is made (esbuild's `define`); absent when the sources run as they are. */
declare const BOOKEND_COMMIT: string;

export const version: string = packageJson.version;

/** The Git commit that the bundle was made of. */
export const commit: string | undefined = typeof BOOKEND_COMMIT === 'string' && BOOKEND_COMMIT ? BOOKEND_COMMIT : undefined;
