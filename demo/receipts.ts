/** What the command line printed about what is left, as the demo shows it. */
import { BookendError } from '../src/errors.ts';
import type { Receipt } from '../src/residue/receipt.ts';
import { isSure } from '../src/residue/verdict.ts';

export function receiptIn(stdout: string, stderr: string): Receipt {
  try {
    return JSON.parse(stdout) as Receipt;
  } catch (error) {
    throw new BookendError('internal', `no receipt was printed: ${stderr}`, { cause: error });
  }
}

/** What is surely left, as the demo shows it; the definitions of `crds/` stay on purpose. */
export function residueIn({ residue }: Receipt): string[] {
  return residue
    .filter((each) => isSure(each) && each.what !== 'definition')
    .map(({ id, field }) => {
      const [, key] = /^metadata\.labels\[(.+)\]$/.exec(field?.path ?? '') ?? [];
      if (key !== undefined) return `label ${key} on ${id}`;
      return field === undefined ? id : `${field.path} on ${id}`;
    });
}
