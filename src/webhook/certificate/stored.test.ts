/**
 * The Secret: what was written is read again, and what nobody could serve with counts as not there, with the reason.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import { issue } from './issue.ts';
import { held, readStored, type Stored, writeStored } from './stored.ts';

const names = ['hook.system.svc'];
const now = Math.floor(Date.now() / 1000) * 1000;
const day = 86_400_000;
const make = (validityMs = day, forNames = names) => held(issue({ names: forNames, now, validityMs }));
const secret = (data?: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'hook' },
  data,
});
const problemsOf = (data: Record<string, string>, at = now) => readStored(secret(data), names, at).problems;

describe('The Secret of the webhook', () => {
  test('gives back what was put into it, with its times', () => {
    const stored: Stored = { current: make(), next: make(2 * day), previous: make().authority };
    assert.deepEqual(readStored(secret(writeStored(stored)), names, now), { stored, problems: [] });
    assert.equal(stored.current?.until, now + day);
  });

  test('is empty when the chart has just made it, without anything being wrong', () => {
    assert.deepEqual(readStored(secret(), names, now), { stored: {}, problems: [] });
  });

  test('names its keys as those of kubernetes.io/tls', () => {
    assert.deepEqual(Object.keys(writeStored({ current: make() })).sort(), ['ca.crt', 'tls.crt', 'tls.key']);
  });

  test('holds nothing of use when something in it does not fit the rest', () => {
    const [data, other] = [writeStored({ current: make() }), writeStored({ current: make() })];
    const { 'tls.key': _, ...without } = data;
    assert.match(problemsOf(without).join(), /tls\.crt cannot be used: tls\.key missing/);
    assert.match(problemsOf({ ...data, 'tls.key': other['tls.key'] ?? '' }).join(), /tls\.key is the key of another certificate/);
    assert.match(problemsOf({ ...data, 'ca.crt': other['ca.crt'] ?? '' }).join(), /it is not signed by ca\.crt/);
    assert.match(
      problemsOf({ ...data, 'tls.crt': Buffer.from('nonsense').toString('base64') }).join(),
      /tls\.crt cannot be used: /,
    );
    assert.match(problemsOf(writeStored({ current: make(day, ['other.svc']) })).join(), /it is not for hook\.system\.svc/);
    assert.deepEqual(readStored(secret({ ...data, 'ca.crt': other['ca.crt'] ?? '' }), names, now).stored, {});
  });

  test('holds nothing of use when its time is over, and forgets the authority before it then too', () => {
    const stored: Stored = { current: make(), previous: make().authority };
    const later = readStored(secret(writeStored(stored)), names, now + day);
    assert.deepEqual(later.stored, {});
    assert.match(later.problems.join(), /it has expired at /);
  });
});
