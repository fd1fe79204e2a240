/** Which contenders of a benchmark take part: all, or those of `--contenders` and the base of the ratios. */
import { BookendError } from '../src/errors.ts';

/**
 * @param names as given; absent: all
 * @throws BookendError `bad-input` naming those that exist
 */
export function chosen<Contender extends { name: string }>(
  all: readonly Contender[],
  base: string,
  names: readonly string[] | undefined,
): Contender[] {
  const unknown = names?.find((name) => !all.some((contender) => contender.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ');
    throw new BookendError('bad-input', `there is no contender "${unknown}"; there are: ${known}`);
  }
  return all.filter(({ name }) => names === undefined || name === base || names.includes(name));
}
