/** The command line of `npm run bench`, checked before anything runs. */
import { parseArgs } from 'node:util';
import { BookendError } from '../src/errors.ts';

export type BenchArguments = {
  names: string[];
  quick: boolean;
  /** Absent: each benchmark's own number. */
  rounds: number | undefined;
  /** Absent: all that a benchmark compares. */
  contenders: string[] | undefined;
  kubeconfig: string | undefined;
  context: string | undefined;
};

/** Which benchmarks there are, and which of them a run without names means. */
export type Known = Readonly<Record<string, { unnamed: 'always' | 'unless-quick' | 'never' }>>;

/** @throws BookendError `bad-input` */
export function parseArguments(argv: readonly string[], known: Known): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      // What goes to the standard output is JSON in any case.
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      contenders: { type: 'string' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
    },
  });
  const { quick, rounds, contenders, kubeconfig, context } = values;
  const unknown = positionals.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw new BookendError('bad-input', `there is no benchmark "${unknown}"; there are: ${Object.keys(known).join(', ')}`);
  }
  if (rounds !== undefined && !/^[1-9]\d?$/.test(rounds))
    throw new BookendError('bad-input', `--rounds ${rounds} is not a number from 1 to 99`);
  const unnamed = Object.entries(known).filter(
    ([, { unnamed }]) => unnamed === 'always' || (unnamed === 'unless-quick' && !quick),
  );
  return {
    names: positionals.length > 0 ? positionals : unnamed.map(([name]) => name),
    quick,
    rounds: rounds === undefined ? undefined : Number(rounds),
    contenders: contenders?.split(',').map((name) => name.trim()),
    kubeconfig,
    context,
  };
}
