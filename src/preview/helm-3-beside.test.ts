import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { servingOf } from '../knowledge/serving/serving.ts';
import { withHelm3 } from './helm-3-beside.ts';
import { orderedPlay, preview } from './preview.ts';
import { deployment, documents, webhookServer } from './rules/examples.ts';
import { gate, webhooks } from './rules/testing/pieces.ts';
import { chart, helm4 } from './testing/subjects.ts';

const gated = documents(
  `${JSON.stringify(webhooks('Validating', 'gate', [gate('Fail', 'UPDATE DELETE', 'example.com', 'widgets', 'widget-webhook')]))}\n`,
  webhookServer,
);

async function both(yaml: string) {
  const subject = chart(yaml);
  const alone = await preview(subject, helm4, { beside: 'never' });
  return { alone, beside: await withHelm3(alone, subject, helm4) };
}

describe('what only Helm 3 does', () => {
  test('stands beside the uninstall with Helm 4, under its own name', async () => {
    const { alone, beside } = await both(gated);
    const [finding] = beside.findings.filter((each) => !alone.findings.includes(each));
    assert.match(finding?.title ?? '', /^With Helm 3: ValidatingWebhookConfiguration gate goes after its backend/);
    assert.deepEqual([finding?.severity, finding?.rule, finding?.scenario], ['warning', 'webhook-blocks', 'helm3']);
    assert.deepEqual({ ...beside, findings: [] }, { ...alone, findings: [] });
  });

  test('shares one play through Bookend between both, because that does not depend on the tool', async () => {
    const subject = chart(gated);
    let asked = 0;
    const once = orderedPlay(subject, helm4);
    const counted: typeof once = (serving) => {
      asked++;
      return once(serving);
    };
    const shared = { ordered: counted };
    const together = await withHelm3(await preview(subject, helm4, shared), subject, helm4, shared);
    assert.deepEqual(together, await withHelm3(await preview(subject, helm4), subject, helm4, {}));
    assert.equal(asked, 2);
    const serving = servingOf([]);
    assert.equal(await once(serving), await once(serving));
  });

  test('is not looked for where both delete in the same order', async () => {
    const { alone, beside } = await both(deployment('web'));
    assert.equal(beside, alone);
  });
});
