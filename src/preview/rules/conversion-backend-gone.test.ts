import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Subject } from '../../reading/subject.ts';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { meta } from './conversion-backend-gone.ts';
import { documents, widget } from './examples.ts';

const kept = meta.fails.yaml;
const template = kept.replace(', annotations: {helm.sh/resource-policy: keep}', '');
const stuck = documents(template, widget(', finalizers: [example.com/nobody]'));

async function found(subject: Subject) {
  const { findings } = await preview(subject, helm4, { beside: 'never' });
  return findings.find(({ rule }) => rule === 'conversion-backend-gone');
}

describe('a definition whose conversion webhook goes with the release', () => {
  test('outlives it where it is kept, or stuck with its custom resources', async () => {
    for (const yaml of [kept, stuck]) {
      const finding = await found(chart(yaml));
      assert.match(finding?.title ?? '', /outlives its conversion webhook: nobody can read its custom resources any more/);
      assert.equal(finding?.severity, 'warning');
    }
  });

  test('may hang at custom resources of an older version where it goes after it', async () => {
    const finding = await found(chart(template));
    assert.match(
      finding?.consequence ?? '',
      /^The definition stays Terminating .* It depends on whether there are custom resources/,
    );
  });

  test('harms nobody in a cluster without custom resources, or where it goes first', async () => {
    assert.equal(await found(await release(chart(template))), undefined);
    const subject = chart(template);
    const crdFirst = { ...subject, objects: subject.objects.toReversed() };
    const { findings } = await preview(crdFirst, { ...helm4, tool: 'kubectl' }, { beside: 'never' });
    assert.ok(!findings.some(({ rule }) => rule === meta.id));
  });
});
