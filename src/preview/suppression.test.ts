import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import type { Subject } from '../reading/subject.ts';
import type { Finding } from './finding.ts';
import { baselineOf, unknownIgnored, withoutSuppressed } from './suppression.ts';

const job = (name: string, annotations?: Record<string, string>): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: 'shop', ...(annotations && { annotations }) },
});

const subjectOf = (from: Subject['from'], ...objects: KubernetesObject[]): Subject => ({
  ...{ from, name: 'shop', namespace: 'shop', hooks: [], crds: [] },
  objects: objects.map((object) => ({ object })),
  surroundings: { from: 'supposed', objects: [], notSeen: [] },
});

const finding = (rule: string, ...names: string[]): Finding => ({
  ...{ rule, severity: 'error', title: `${rule} of ${names}`, evidence: [], consequence: '', remedies: [] },
  ...{ bookend: 'same', scenario: 'helm4' },
  objects: names.map((name) => ({ apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name })),
});

const ignoring = { 'bookend.dev/ignore': 'hook-image, hook-leaks', 'bookend.dev/ignore-reason': 'Our mirror pins it.' };

describe('A suppressed finding', () => {
  test('is one whose rule an annotation of its object names; the reason is kept', () => {
    const subject = subjectOf('chart', job('a', ignoring), job('b'));
    const { findings, suppressed } = withoutSuppressed(
      [finding('hook-image', 'a'), finding('hook-image', 'b'), finding('hook-fails', 'a')],
      subject,
    );
    assert.deepEqual(
      suppressed.map(({ rule, suppressed: why }) => [rule, why]),
      [['hook-image', { by: 'annotation', reason: 'Our mirror pins it.' }]],
    );
    assert.deepEqual(
      findings.map(({ title }) => title),
      ['hook-image of b', 'hook-fails of a'],
    );
  });

  test('of several objects of one kind needs the annotation on each', () => {
    const both = [finding('hook-image', 'a', 'b')];
    assert.equal(withoutSuppressed(both, subjectOf('chart', job('a', ignoring), job('b'))).suppressed.length, 0);
    assert.equal(withoutSuppressed(both, subjectOf('chart', job('a', ignoring), job('b', ignoring))).suppressed.length, 1);
  });

  test('is never one because of an annotation that others may have written: on live objects, or around the subject', () => {
    assert.equal(
      withoutSuppressed([finding('hook-image', 'a')], subjectOf('namespace', job('a', ignoring))).suppressed.length,
      0,
    );
    const subject = subjectOf('release', job('b'));
    const around = { ...subject, surroundings: { ...subject.surroundings, objects: [job('a', ignoring)] } };
    assert.equal(withoutSuppressed([finding('hook-image', 'a')], around).suppressed.length, 0);
  });

  test('is one that a baseline has, whatever its words; another object or subject is not in it', () => {
    const baseline = baselineOf([
      { subject: 'shop', findings: [finding('hook-image', 'b', 'a'), finding('hook-image', 'b', 'a')] },
    ]);
    assert.deepEqual(baseline.findings, [
      { subject: 'shop', rule: 'hook-image', objects: ['Job.batch/shop/a', 'Job.batch/shop/b'] },
    ]);
    const again = [{ ...finding('hook-image', 'a', 'b'), title: 'In other words' }, finding('hook-image', 'c')];
    const { findings, suppressed } = withoutSuppressed(again, subjectOf('chart'), baseline);
    assert.deepEqual([findings.length, suppressed[0]?.suppressed.by], [1, 'baseline']);
    assert.equal(withoutSuppressed(again, { ...subjectOf('chart'), name: 'other' }, baseline).suppressed.length, 0);
  });

  test('says which annotations name no rule', () => {
    const subject = subjectOf('chart', job('a', { 'bookend.dev/ignore': 'hook-imag' }));
    assert.deepEqual(unknownIgnored(subject, new Set(['hook-image'])), [
      'Job a: bookend.dev/ignore names "hook-imag", which is no rule',
    ]);
  });
});
