/** Shares in one line, and in the annotations of a Pod. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sharesInAnnotations } from '../../../src/share/annotations.ts';
import { applyShares } from '../../../src/share/apply.ts';
import { explainShare } from '../../../src/share/explain.ts';
import { parseShare, printShare } from '../../../src/share/notation.ts';
import { refusalsOf } from '../../../src/share/refusals.ts';
import { listShares, removeShare } from '../../../src/share/remove.ts';
import type { ShareSettings } from '../../../src/share/share.ts';
import { maimed, mutated } from '../mutations.ts';
import { lines, pod } from '../seeds.ts';
import type { Target } from '../target.ts';

const settings: ShareSettings = { seedImage: 'seed:1', imageVolumes: { known: true } };

export const notation: Target<string> = {
  name: 'notation',
  title: 'shares in one line',
  inputs: mutated(lines),
  read(line) {
    const share = parseShare(line);
    assert.deepEqual(parseShare(printShare(share)), share, 'what is printed is read as the same share');
  },
  show: (line) => line,
};

export const annotations: Target<{ annotations: Record<string, string>; spec: Record<string, unknown> }> = {
  name: 'annotations',
  title: 'annotations of Pods, applied to any Pod',
  inputs: fc.record({
    annotations: fc
      .array(
        fc.tuple(
          fc.oneof(fc.constantFrom('a', 'b', 'c', '', 'A', 'x'.repeat(60)), fc.string({ maxLength: 8 })),
          fc.oneof(fc.constantFrom(...lines), mutated(lines)),
        ),
        { maxLength: 40 },
      )
      .map((entries) => Object.fromEntries(entries.map(([name, line]) => [`share.bookend.dev/${name}`, line]))),
    spec: maimed([pod.spec]).map((spec) =>
      typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? (spec as Record<string, unknown>) : {},
    ),
  }),
  read({ annotations: texts, spec }) {
    const { shares, problems } = sharesInAnnotations(texts);
    if (problems.length > 0 || refusalsOf({ spec }, shares, settings).length > 0) return;
    const once = applyShares({ spec }, shares, settings);
    assert.deepEqual(applyShares(once, shares, settings), once, 'applied twice it is the same');
    for (const share of shares) explainShare(once.spec, share, settings, shares);
    const rest = listShares(once).reduce((template, { name }) => removeShare(template, name), once);
    assert.deepEqual(listShares(rest), [], 'what was applied can be taken out again');
    assert.ok(!JSON.stringify(rest).includes('bookend-seed'), 'and leaves nothing behind');
  },
  show: (input) => JSON.stringify(input),
};
