import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Scenario } from '../uninstall/scenario.ts';
import { type PreviewOptions, preview } from './preview.ts';
import { operatorChart } from './testing/charts.ts';
import { chart, helm4 } from './testing/subjects.ts';

describe('a preview', () => {
  test('has the play, its findings, a timeline, what is left, and the same through Bookend', async () => {
    const { bookend, timeline, ...document } = await preview(chart(operatorChart), helm4);
    assert.deepEqual(document.subject, { from: 'chart', name: 'shop', namespace: 'shop', live: false, objects: 6 });
    assert.deepEqual([document.outcome, bookend?.outcome], ['hangs', 'succeeded']);
    assert.ok(document.findings.some(({ severity, bookend: through }) => severity === 'error' && through === 'prevented'));
    assert.deepEqual([document.left.length, bookend?.left], [2, []]);
    const widget = timeline.find(({ id }) => id === 'Widget.example.com/shop/one');
    assert.deepEqual(widget?.object, { kind: 'Widget', apiVersion: 'example.com/v1', namespace: 'shop', name: 'one' });
    assert.ok(widget?.calledAt !== undefined && widget.terminatingAt !== undefined && widget.goneAt === undefined);
    const pod = timeline.find(({ object }) => object.kind === 'Pod');
    assert.equal(pod?.pod?.of, 'Deployment.apps/shop/manager');
    assert.ok(pod?.calledAt === undefined && pod?.goneAt !== undefined);
    assert.ok((bookend?.timeline?.length ?? 0) > 0);
  });

  test('is the same document for the same seed', async () => {
    const [one, other] = [await preview(chart(operatorChart), helm4), await preview(chart(operatorChart), helm4)];
    assert.equal(JSON.stringify(one), JSON.stringify(other));
  });

  test('leaves Bookend out where it is the scenario, or not asked for', async () => {
    assert.equal((await preview(chart(operatorChart), { ...helm4, tool: 'bookend' })).bookend, undefined);
    assert.equal((await preview(chart(operatorChart), helm4, { beside: 'never' })).bookend, undefined);
  });

  test('claims nothing of an uninstall through Bookend that was not played, not even where it would be known', async () => {
    const kept = `${operatorChart}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {helm.sh/resource-policy: keep}}\n`;
    const through = async (...more: [Scenario, PreviewOptions?]) => {
      const { findings } = await preview(chart(kept), ...more);
      return new Set(findings.map(({ bookend }) => bookend));
    };
    assert.deepEqual(await through(helm4, { beside: 'never' }), new Set(['not-played']));
    assert.deepEqual(await through(helm4), new Set(['prevented', 'same']));
    assert.deepEqual(await through({ ...helm4, tool: 'bookend' }), new Set(['same']), 'there it is what was played');
  });
});
