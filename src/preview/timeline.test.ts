import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operatorChart, webhookOfManager } from './testing/charts.ts';
import { played } from './testing/plays.ts';
import { chart } from './testing/subjects.ts';
import { timelineOf } from './timeline.ts';

describe('the timeline of a play', () => {
  test('has each object in the order in which it was first touched, from the call until it is gone', async () => {
    const subject = chart(operatorChart);
    const entries = timelineOf(await played(subject, { tool: 'bookend' }), subject);
    const [first] = entries;
    assert.equal(first?.id, 'Widget.example.com/shop/one');
    const deployment = entries.find(({ id }) => id === 'Deployment.apps/shop/manager');
    assert.ok((deployment?.calledAt ?? 0) >= (first?.goneAt ?? Infinity));
    const times = entries.map(({ calledAt, terminatingAt, goneAt }) =>
      Math.min(...[calledAt, terminatingAt, goneAt].filter((at) => at !== undefined)),
    );
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
    );
  });

  test('notes refusals, for good or not, and what is kept', async () => {
    const yaml = (operatorChart + webhookOfManager).replaceAll('ind: Widget', 'ind: AWidget');
    const kept =
      '\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, annotations: {helm.sh/resource-policy: keep}}\n';
    const subject = chart(yaml + kept);
    const entries = timelineOf(await played(subject, { tool: 'helm3' }), subject);
    const notes = (id: string) => entries.find((entry) => entry.id === id)?.notes ?? [];
    assert.deepEqual(notes('ConfigMap/shop/settings'), ['skipped: keep policy']);
    assert.ok(
      notes('AWidget.example.com/shop/one').some((note) => /^ValidatingWebhookConfiguration manager: .*, for good$/.test(note)),
    );
  });
});
