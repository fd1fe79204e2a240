/**
 * `npm run record -- --out docs/demo.cast --title TITLE -- COMMAND`: runs a command in a pseudo terminal and records
 * what it prints, and when. `npm run generate` then makes the SVG of the recording in docs/.
 *
 * It needs `script` of util-linux and `stty`. `--columns` and `--rows` are the size of the terminal.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { castText, outputOf } from './cast.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    title: { type: 'string' },
    columns: { type: 'string', default: '112' },
    rows: { type: 'string', default: '32' },
  },
});
const { out, title } = values;
const columns = Number(values.columns);
const rows = Number(values.rows);
if (out === undefined || title === undefined || positionals.length === 0 || !(columns > 0 && rows > 0)) {
  process.stderr.write('Usage: npm run record -- --out FILE --title TITLE [--columns N] [--rows N] -- COMMAND\n');
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'bookend-recording-'));
try {
  const command = positionals.join(' ');
  const [timing, log] = [join(directory, 'timing'), join(directory, 'log')];
  const inTerminal = `stty cols ${columns} rows ${rows} && exec ${command}`;
  const logging = ['--logging-format', 'classic', '--log-timing', timing, '--log-out', log];
  const { status, error } = spawnSync('script', ['--quiet', '--return', ...logging, '--command', inTerminal], {
    stdio: 'inherit',
  });
  if (error) throw new Error(`the recording needs script of util-linux: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ended with ${status}, and nothing was written`);
  const output = outputOf(readFileSync(timing, 'utf8'), readFileSync(log));
  writeFileSync(out, castText({ columns, rows, command, title, output }));
} finally {
  rmSync(directory, { recursive: true });
}
