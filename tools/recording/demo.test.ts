/** The README shows a recording; it must be what the demo prints today. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { simulated } from '../../demo/simulated.ts';
import { parseCast } from './cast.ts';

test('the recorded demo prints what the demo prints now: otherwise record it again (CONTRIBUTING.md)', async () => {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'demo.cast');
  const { command, output } = parseCast(readFileSync(file, 'utf8'));
  assert.equal(command, 'npm run demo -- --simulated');
  const recorded = stripVTControlCharacters(output.map(({ text }) => text).join('')).replaceAll('\r', '');
  const { text } = await simulated('helm4');
  assert.ok(recorded.includes(text.trim()), recorded);
});
