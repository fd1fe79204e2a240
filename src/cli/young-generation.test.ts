import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** MB of the space for new objects after many of them have survived. */
function sizeAfter(before: string): number {
  const source = JSON.stringify(new URL('./young-generation.ts', import.meta.url).href);
  const program = `
    const { keepYoungGenerationSmall } = await import(${source});
    const { getHeapSpaceStatistics } = await import('node:v8');
    ${before}
    const kept = Array.from({ length: 500_000 }, (_, index) => ({ index, text: 'text' + index }));
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 1e6, kept.length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return Number.parseFloat(stdout);
}

test('the space for new objects stays small while most of them survive', () => {
  const [usual, small] = [sizeAfter(''), sizeAfter('keepYoungGenerationSmall();')];
  assert.ok(small < 16, `${small} MB`);
  assert.ok(small < usual / 2, `${small} MB instead of ${usual} MB`);
});
