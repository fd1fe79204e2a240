import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../../src/objects/identity.ts';
import type { Preview } from '../../src/preview/document.ts';
import type { Finding } from '../../src/preview/finding.ts';
import type { Existing, Reality } from './reality.ts';
import { judge } from './verdict.ts';

describe('A verdict', () => {
  test('is right where what stays was said, and nothing else happens', () => {
    const { right, missed, wrong } = judge(
      preview({ outcome: 'hangs', left: [left('Widget.example.com/shop/a', 'stuck')] }),
      reality({ left: [there('Widget.example.com/shop/a', true)] }),
    );
    const expected = { right: ['outcome hangs', 'left Widget.example.com/shop/a'], missed: [], wrong: [] };
    assert.deepEqual({ right, missed, wrong }, expected);
  });

  test('has missed what stays and was not said, unless it belongs to something else that stays', () => {
    const { missed } = judge(
      preview({ left: [left('Deployment.apps/shop/a', 'child')] }),
      reality({
        left: [
          there('Deployment.apps/shop/a'),
          { ...there('Pod/shop/a-1'), of: ['Deployment.apps/shop/a' as ObjectId] },
          there('ConfigMap/shop/b'),
        ],
      }),
    );
    assert.deepEqual(missed, ['left ConfigMap/shop/b']);
  });

  test('is false where something was to stay and went, or was to hang and only stays', () => {
    const { wrong } = judge(
      preview({ left: [left('ConfigMap/shop/a', 'child'), left('ConfigMap/shop/b', 'stuck')] }),
      reality({ left: [there('ConfigMap/shop/b')] }),
    );
    assert.deepEqual(wrong, ['left ConfigMap/shop/a (child)', 'left ConfigMap/shop/b (stuck)']);
  });

  test('counts an error that does not come true, and not a warning', () => {
    const { wrong, warningsNotTrue } = judge(
      preview({ findings: [finding('error', 'left-behind', 'a'), finding('warning', 'hook-image', 'b')] }),
      reality({}),
    );
    assert.deepEqual({ wrong, warningsNotTrue }, { wrong: ['error left-behind'], warningsNotTrue: ['warning hook-image'] });
  });

  test('does not hold against the preview what it made depend on something, when that went the other way', () => {
    const { missed, wrong, warningsTrue } = judge(
      preview({ findings: [finding('warning', 'hook-image', 'clean-up')] }),
      reality({ code: 1, output: 'Error: hook failed', left: [there('ConfigMap/shop/a')] }),
    );
    assert.deepEqual({ missed, wrong, warningsTrue }, { missed: [], wrong: [], warningsTrue: ['warning hook-image'] });
  });

  test('has missed an end that nobody foretold, and what was lost', () => {
    const { missed, wrong } = judge(
      preview({}),
      reality({ code: 1, output: 'no', lost: ['Widget.example.com/b/c' as ObjectId] }),
    );
    const expected = { missed: ['outcome failed', 'lost Widget.example.com/b/c'], wrong: ['outcome succeeded'] };
    assert.deepEqual({ missed, wrong }, expected);
  });

  test('compares the Pods whose hooks fail', () => {
    const pod = { preStop: { containers: ['main'], calls: 'certain', outcome: 'failed' } };
    const timeline = [
      { id: 'Pod/shop/a', object: { kind: 'Pod', apiVersion: 'v1', namespace: 'shop', name: 'a' }, notes: [], pod },
    ];
    const { missed, wrong } = judge(
      preview({ timeline: timeline as unknown as Preview['timeline'] }),
      reality({ failedPreStop: ['shop/b'] }),
    );
    assert.deepEqual({ missed, wrong }, { missed: ['preStop hook of shop/b failed'], wrong: ['preStop hook of shop/a failed'] });
  });
});

function preview(some: Partial<Preview>): Preview {
  return { outcome: 'succeeded', findings: [], left: [], timeline: [], ...some } as unknown as Preview;
}

function reality(some: Partial<Reality>): Reality {
  return { code: 0, output: '', left: [], older: [], lost: [], failedPreStop: [], ...some };
}

function left(id: string, why: Preview['left'][number]['why']): Preview['left'][number] {
  return { id: id as ObjectId, why, because: '', object: { kind: '', apiVersion: '', name: '' } };
}

function there(id: string, terminating = false): Existing {
  return { id: id as ObjectId, uid: id, terminating, finalizers: [], of: [] };
}

function finding(severity: Finding['severity'], rule: string, name: string): Finding {
  const objects = [{ kind: 'Job', apiVersion: 'batch/v1', namespace: 'shop', name }];
  return { rule, severity, title: '', objects, evidence: [], consequence: '', remedies: [], bookend: 'same', scenario: 'helm4' };
}
