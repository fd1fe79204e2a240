/** `npm run chaos -- --rounds N`: the chaos of `npm test -- --only attacks`, N times over. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '1' } } }).values;
if (!/^[1-9]\d{0,4}$/.test(rounds)) {
  process.stderr.write(`--rounds cannot be "${rounds}": give a number from 1 to 99999.\n`);
  process.exit(2);
}
const root = join(import.meta.dirname, '..', '..', '..');
const { status } = spawnSync(process.execPath, [join(root, 'tools/test/main.ts'), '--only', 'attacks', '--grep', '^Chaos'], {
  stdio: 'inherit',
  env: { ...process.env, BOOKEND_CHAOS_ROUNDS: rounds },
});
process.exitCode = status ?? 1;
