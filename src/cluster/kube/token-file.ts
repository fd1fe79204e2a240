/**
 * A token that stands in a file and is replaced there from time to time: the kubelet renews a Pod's ServiceAccount token well
 * before its hour is over, and a program that read it only once would be locked out.
 */
import { readFile } from 'node:fs/promises';
import { BookendError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { Credential, Credentials } from './connection.ts';

/** The file is looked at again when what was read is older than this (ms). client-go waits a minute; reading costs nothing. */
const freshFor = 10_000;

/** @param beside What is presented together with the token. */
export function tokenFileCredentials(file: string, clock: Clock, beside: Credential = {}): Credentials {
  let token: string | undefined;
  let readAt = 0;

  const load = async () => {
    try {
      token = (await readFile(file, 'utf8')).trim();
    } catch (cause) {
      // While the file is being replaced the last token is better than none.
      if (token === undefined) throw new BookendError('bad-input', `The token file ${file} cannot be read`, { cause });
    }
    readAt = clock.now();
  };

  return {
    async current() {
      if (token === undefined || clock.now() - readAt >= freshFor) await load();
      return { ...beside, authorization: `Bearer ${token}` };
    },
    async renew() {
      const refused = token;
      await load();
      return token !== refused;
    },
  };
}
