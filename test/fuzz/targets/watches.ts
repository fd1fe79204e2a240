/**
 * Streams of watches: what an API server, or an extension API server behind it, sends; cut anywhere by the network.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Access } from '../../../src/cluster/kube/access.ts';
import { followFrom } from '../../../src/cluster/kube/follow.ts';
import { defaultTiming } from '../../../src/cluster/kube/watch.ts';
import { isMap } from '../../../src/objects/fields.ts';
import { maimed, mutated } from '../mutations.ts';
import { events } from '../seeds.ts';
import type { Target } from '../target.ts';

const kind = {
  ...{ apiVersion: 'v1', group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true },
  ...{ verbs: ['watch'], subresources: [], shortNames: [], categories: [] },
};

/** The one thing of an access that following needs: a body. */
const accessOf = (chunks: readonly Buffer[]) =>
  ({
    http: {
      options: { clock: { now: () => 0, after: () => () => undefined }, random: () => 0 },
      connection: { name: 'fuzz', server: 'https://fuzz.example' },
      open: async () => chunks,
    },
    pageSize: 500,
  }) as unknown as Access;

const stream = fc.oneof(
  mutated([`${events.join('\n')}\n`, `${events[0]}\n`]),
  fc
    .array(maimed(events.map((event) => JSON.parse(event))), { maxLength: 5 })
    .map((all) => all.map((each) => `${JSON.stringify(each)}\n`).join('')),
);

export const watches: Target<{ text: string; cuts: number[]; metadataOnly: boolean }> = {
  name: 'watches',
  title: 'streams of watches',
  inputs: fc.record({
    text: stream,
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
    metadataOnly: fc.boolean(),
  }),
  async read({ text, cuts, metadataOnly }) {
    const bytes = Buffer.from(text);
    const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((one, other) => one - other), bytes.length];
    const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
    const query = { apiVersion: 'v1', kind: 'ConfigMap', metadataOnly };
    await followFrom(accessOf(chunks), kind, query, '1', defaultTiming, new AbortController().signal, {
      opened: () => undefined,
      event: (type, object, version) => {
        assert.equal(typeof version, 'string');
        if (type === 'BOOKMARK') return;
        // What a listener may rely on.
        assert.ok(isMap(object) && isMap(object.metadata), 'an object with metadata');
        assert.equal(typeof object.metadata.name, 'string');
      },
    });
  },
  show: (input) => JSON.stringify(input),
};
