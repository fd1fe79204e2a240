/** What the webhook is asked, by the API server or by anybody: see `src/webhook/workers`. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mapOf } from '../../../src/objects/fields.ts';
import { settingsFor } from '../../../src/operator/admission-settings.ts';
import { admit } from '../../../src/webhook/admission/admit.ts';
import { answered } from '../../../src/webhook/admission/answer.ts';
import { maimed, mutated } from '../mutations.ts';
import { review } from '../seeds.ts';
import type { Target } from '../target.ts';

const known = {
  version: 'v1.36.0',
  nodes: [
    {
      name: 'one',
      labels: { 'kubernetes.io/os': 'linux' },
      taints: [],
      runtime: 'containerd://2.2.0',
      kubelet: 'v1.36.0',
      os: 'linux',
      arch: 'amd64',
      osImage: '',
      ready: true,
      cordoned: false,
    },
  ],
  findings: new Map(),
};
const data = { seedImage: 'seed:1', imageVolumes: { known } };

export const webhook: Target<Uint8Array> = {
  name: 'webhook',
  title: 'bodies of questions to the webhook',
  inputs: fc
    .oneof(
      mutated([JSON.stringify(review)]),
      maimed([review]).map((value) => JSON.stringify(value) ?? ''),
      fc.uint8Array({ maxLength: 200 }),
    )
    .map((body) => (typeof body === 'string' ? new TextEncoder().encode(body) : body)),
  read(body) {
    const { text, outcome, fault } = answered(body, (pod) => admit(pod, settingsFor(data, mapOf(pod.spec))));
    if (outcome === 'failed') assert.fail(fault ?? 'it failed');
    const { response } = JSON.parse(text);
    assert.equal(typeof response.allowed, 'boolean');
  },
  show: (body) => new TextDecoder().decode(body),
};
