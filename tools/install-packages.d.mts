/** The types of install-packages.mjs, which runs on Node versions that know no TypeScript. */
export function isCurrent(root: string): boolean;
export function isInstalled(root: string): boolean;
export function installPackages(root: string, isDone: (root: string) => boolean): void;
