import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Subject } from '../../reading/subject.ts';
import type { Finding } from '../finding.ts';
import { preview } from '../preview.ts';
import { chart, helm4, manifests, release } from '../testing/subjects.ts';
import type { Example } from './rule.ts';
import { findingRules } from './rules.ts';

const ranks = { error: 0, warning: 1, note: 2 };

async function findingsIn({ yaml, around }: Example): Promise<Finding[]> {
  return (await preview(await subjectOf(yaml, around), helm4)).findings;
}

/** As a chart; as a release in a live cluster where the example says what is around. */
async function subjectOf(yaml: string, around: string | undefined): Promise<Subject> {
  const documents = yaml.split(/^---\n/m);
  const crds = documents.filter((text) => text.includes('/crds/')).join('---\n');
  const subject = chart(documents.filter((text) => !text.includes('/crds/')).join('---\n'), crds === '' ? {} : { crds });
  if (around === undefined) return subject;
  return await release(subject, async ({ cluster }) => {
    for (const { object } of manifests(around)) await cluster.create(object);
  });
}

describe('the examples of the documentation are played, and', () => {
  for (const {
    meta: { id, severity, fails, passes },
  } of findingRules) {
    test(`${id} is found where it should be, and is silent where it should be`, async () => {
      const found = await findingsIn(fails);
      assert.ok(
        found.some(({ rule }) => rule === id),
        `only ${found.map(({ rule, title }) => `${rule}: ${title}`).join('; ') || 'nothing'}`,
      );
      const worse = found.filter((each) => each.rule === id && ranks[each.severity] < ranks[severity]);
      assert.deepEqual(worse, []);
      const silent = await findingsIn(passes);
      assert.deepEqual(
        silent
          .filter(({ rule, severity }) => rule === id || severity !== 'note')
          .map(({ rule, severity, title }) => `${severity} ${rule}: ${title}`),
        [],
      );
    });
  }
});
