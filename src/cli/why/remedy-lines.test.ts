import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandStep, Remedy } from '../../remedies/remedy.ts';
import { coloursFor } from '../terminal.ts';
import { remedyLines } from './remedy-lines.ts';

const run = (...words: string[]): CommandStep => ({ do: 'run', when: 'now', argv: ['kubectl', ...words] });
const cure = (says: string, steps: CommandStep[], more: Partial<Remedy> = {}): Remedy => ({
  ...{ says, steps, loses: 'a thing', played: { result: 'cures' } },
  ...more,
});
const look: Remedy = { says: 'See it.', steps: [{ ...run('describe', 'pods/a'), looks: true }], played: { result: 'shows' } };
const lines = (...remedies: Remedy[]) => remedyLines(remedies, coloursFor(false));

describe('remedies as text', () => {
  test('have no number where there is only one, and what only shows something never has one', () => {
    assert.deepEqual(lines(cure('Do it.', [run('delete', 'pods/a')]), look), [
      '→ kubectl describe pods/a',
      '  See it.',
      'Do it.',
      '→ kubectl delete pods/a',
      '  loses a thing',
    ]);
  });

  test('are numbered where there is a choice; steps that belong together stand together', () => {
    const [first, second] = [
      cure('Do both.', [run('delete', 'pods/a'), run('delete', 'pods/b')]),
      cure('Or that.', [run('delete', 'x/c')]),
    ];
    assert.deepEqual(lines(first, second), [
      '1. Do both.',
      '   → kubectl delete pods/a',
      '   → kubectl delete pods/b',
      '     loses a thing',
      '2. Or that.',
      '   → kubectl delete x/c',
      '     loses a thing',
    ]);
  });

  test('say that they were not tried, and why', () => {
    const remedy = cure('Do it.', [run('taint', 'node', 'n')], {
      played: { result: 'not-played', because: 'outside-of-the-cluster' },
    });
    assert.match(lines(remedy).at(-1) ?? '', /^ {2}not tried in the simulation: /);
  });
});
