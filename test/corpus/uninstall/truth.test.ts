import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../../../src/objects/identity.ts';
import type { Receipt, Residue } from '../../../src/residue/receipt.ts';
import type { Shown, ShownCluster } from './kubectl-snapshot.ts';
import { lostOfOthers, untruths } from './truth.ts';

const shown = (uid: string, more: Partial<Shown> = {}): Shown => ({
  ...{ id: `ConfigMap/shop/${uid}`, uid, terminating: false, owners: [], labels: {} },
  ...more,
});
const cluster = (...objects: Shown[]): ShownCluster => ({
  objects: new Map(objects.map((each) => [each.uid, each])),
  complaints: [],
});
const id = (uid: string) => `ConfigMap/shop/${uid}` as ObjectId;
const receipt = (more: Partial<Receipt>): Receipt => ({
  ...{ release: { name: 'shop', namespace: 'shop' }, verdict: 'clean', snapshots: { after: {} }, gone: [], kept: [] },
  ...{ forced: [], failedPreStopHooks: [], residue: [], notSeen: [] },
  ...more,
});
const residue = (uid: string, confidence: Residue['confidence']): Residue => ({
  ...{ what: 'config-map', id: id(uid), confidence, evidence: [] },
  ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: uid, uid },
  remedy: { says: '', steps: [], played: { result: 'cures' } },
});

const [theirs, web, kept, left] = [shown('theirs'), shown('web'), shown('kept'), shown('left')];
const older = cluster(theirs);
const before = cluster(theirs, web, kept, left);
const right = { gone: [{ id: id('web'), uid: 'web' }], kept: [{ id: id('kept'), uid: 'kept', by: 'chart', says: '' }] } as const;

describe('a receipt is held to what kubectl shows', () => {
  test('and may say neither less nor more', () => {
    const all = receipt({ ...right, residue: [residue('left', 'likely')] });
    const after = cluster(theirs, kept, left, shown('of left', { owners: ['left'] }));
    assert.deepEqual(untruths(all, { older, before, after }), []);
    const nothing = untruths(receipt({}), { older, before, after });
    assert.deepEqual(
      nothing.map((text) => text.replace(/, and.*/, '')),
      [
        'ConfigMap/shop/web is gone',
        'ConfigMap/shop/kept is left',
        'ConfigMap/shop/left is left',
        'ConfigMap/shop/of left is left',
      ],
    );
    const wrong = untruths(all, { older, before, after: cluster(theirs, web) });
    assert.equal(wrong.length, 6, wrong.join('\n'));
  });

  test('and does not call what was there before the release surely its own', () => {
    const after = cluster(theirs);
    const told = (confidence: Residue['confidence']) =>
      untruths(receipt({ residue: [residue('theirs', confidence)] }), { older, before: older, after });
    assert.equal(told('likely').length, 1);
    assert.deepEqual(told('possible'), []);
  });

  test('and what others had must still be there', () => {
    assert.deepEqual(lostOfOthers({ older, after: cluster(theirs) }), []);
    assert.deepEqual(lostOfOthers({ older, after: cluster(web) }), [theirs.id]);
  });
});
