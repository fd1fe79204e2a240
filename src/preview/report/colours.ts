/** Colours of a terminal, handed in by whoever knows whether there is one. Their names are those of picocolors. */

export type Colours = Record<'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', (text: string) => string>;

const plain = (text: string) => text;

/** For files, logs and pipes. */
export const noColours: Colours = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain };
