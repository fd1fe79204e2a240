import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { replay } from '../graph/testing/arbitrary.ts';
import { outJson } from './json-output.ts';
import { forTerminal } from './terminal.ts';

async function written(document: unknown): Promise<string[]> {
  const pieces: string[] = [];
  await outJson(document, { out: (text) => void pieces.push(text), drained: async () => {} });
  return pieces;
}

/** What documents consist of: a field may be undefined, and a Date writes itself. */
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(undefined, new Date(0), Object.create(null)),
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value')),
  ),
})).value;

describe('a document is written piece by piece', () => {
  test('as JSON.stringify writes it', async () => {
    await fc.assert(
      fc.asyncProperty(document, async (value) => {
        assert.equal((await written(value)).join(''), `${JSON.stringify(value ?? null, null, 2)}\n`);
      }),
      replay,
    );
  });

  test('as JSON.stringify writes it, where it needs many pieces', async () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 50 }), { maxLength: 20 });
    const document = fc.tuple(texts, texts).map((lists) => ({ lists: Array<string[][]>(500).fill(lists), last: lists }));
    await fc.assert(
      fc.asyncProperty(document, async (value) => {
        const wanted = `${JSON.stringify(value, null, 2)}\n`;
        const pieces = await written(value);
        assert.equal(pieces.join(''), wanted);
        assert.equal(pieces.map(forTerminal).join(''), forTerminal(wanted), 'what a terminal would act on is shown alike');
      }),
      { ...replay, numRuns: 20 },
    );
  });
});

/** Writes about 20 MB, and says on its standard error how far it is. */
const program = `
  import { outJson } from ${JSON.stringify(pathToFileURL(`${import.meta.dirname}/json-output.ts`))};
  import { endOnBrokenOutput } from ${JSON.stringify(pathToFileURL(`${import.meta.dirname}/broken-output.ts`))};
  import { thisProcess } from ${JSON.stringify(pathToFileURL(`${import.meta.dirname}/invocation.ts`))};
  endOnBrokenOutput({ stdout: process.stdout, stderr: process.stderr, exit: (code) => process.exit(code) });
  const steps = Array.from({ length: 20_000 }, (_, index) => ({ get text() { most = index; return 'x'.repeat(1_000); } }));
  let most = 0;
  setInterval(() => process.stderr.write(most + '\\n'), 50).unref();
  await outJson({ steps }, thisProcess());
`;
const args = ['--input-type=module', '--eval', program];

describe('a reader', () => {
  test('that takes its time gets everything, and nothing is made in advance', async () => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const reports: number[] = [];
    child.stderr.on('data', (text: Buffer) => reports.push(...text.toString().trim().split('\n').map(Number)));
    while (reports.filter((made) => made > 0).length < 5) await setTimeout(20);
    assert.ok(Math.max(...reports) < 1_000, `${Math.max(...reports)} of 20,000 entries are made before anything is read`);
    let length = 0;
    child.stdout.on('data', (bytes: Buffer) => {
      length += bytes.length;
    });
    const [code] = await once(child, 'close');
    const whole = JSON.stringify({ steps: Array(20_000).fill({ text: 'x'.repeat(1_000) }) }, null, 2).length + 1;
    assert.deepEqual([code, length], [0, whole]);
  });

  test('that goes away ends the program in the middle', () => {
    const script = `"$0" "$@" 2>/dev/null | head -c 100000 | wc -c; echo "\${PIPESTATUS[0]}"`;
    const { stdout } = spawnSync('/bin/bash', ['-c', script, process.execPath, ...args], { encoding: 'utf8' });
    assert.equal(stdout, '100000\n141\n');
  });
});
