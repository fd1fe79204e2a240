/**
 * Kubeconfigs, up to the connection that they describe. No program that one names is run, and nothing is connected
 * to.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { findConnection } from '../../../src/cluster/kube/open.ts';
import { maimed, mutated } from '../mutations.ts';
import { kubeconfig } from '../seeds.ts';
import type { Target } from '../target.ts';

const file = join(mkdtempSync(join(tmpdir(), 'fuzz-kubeconfig-')), 'config');

export const kubeconfigs: Target<{ text: string; context: string }> = {
  name: 'kubeconfigs',
  title: 'kubeconfigs',
  inputs: fc.record({
    text: fc.oneof(
      mutated([kubeconfig]),
      maimed([parse(kubeconfig)]).map((value) => stringify(value) ?? ''),
    ),
    context: fc.constantFrom('one', 'two', 'three', 'four', 'five'),
  }),
  async read({ text, context }) {
    writeFileSync(file, text);
    await findConnection({ kubeconfig: file, context, environment: {} });
  },
  show: ({ text, context }) => `context ${context}\n${text}`,
};
