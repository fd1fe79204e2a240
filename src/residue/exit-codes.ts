/** How `bookend uninstall` and `bookend residue` end for each verdict. */
import { errorCodes } from '../errors.ts';
import type { Verdict } from './receipt.ts';

export const verdictExitCodes: Readonly<Record<Verdict, number>> = {
  clean: 0,
  residue: 1,
  'clean-as-far-as-seen': 10,
  blocked: errorCodes.blocked.exit,
  'timed-out': errorCodes.timeout.exit,
};
