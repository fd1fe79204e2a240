/** `npm run fuzz`: the fuzzing of `npm test`, for as long as wanted. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { targets } from './targets/all.ts';

const help = `npm run fuzz -- [flags]

Reads inputs that others could write, valid ones with changes, and looks whether each is answered or refused in bounded time and memory.

  --seconds N     how long in all, default 60
  --only TARGET   one of ${[...targets.keys()].join(', ')}
  --seed N        the same inputs as another run
  --help          this text
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const chosen = [...targets.keys()].filter((name) => values.only === undefined || values.only === name);

if (values.help) process.stdout.write(help);
else if (chosen.length === 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write(`no such target, time or seed\n\n${help}`);
  process.exitCode = 2;
} else {
  // Long runs go through the targets many times, with other inputs each time.
  const round = Math.min(seconds / chosen.length, 60);
  const until = performance.now() + seconds * 1_000;
  for (let turn = 0; performance.now() < until && process.exitCode === undefined; turn++) {
    for (const name of chosen) {
      if (process.exitCode !== undefined || (turn > 0 && performance.now() >= until)) break;
      const { inputs, failure } = await fuzz(name, seed + turn, round * 1_000);
      process.stdout.write(
        `${failure ? '✗' : '✓'} ${name}: ${inputs} inputs, seed ${seed + turn}\n${failure ? `${failure}\n` : ''}`,
      );
      if (failure) process.exitCode = 1;
    }
  }
}
