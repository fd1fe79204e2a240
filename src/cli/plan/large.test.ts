/**
 * A cluster of 10,000 objects: told in lines that a person can read, and in time. Tests run on busy machines, so this
 * measures processor time, and its limit is generous; the figures are printed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realisticMix } from '../../graph/testing/samples.ts';
import { namespace } from '../testing/manifests.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import type { GraphDocument } from './document.ts';

const limitMs = 8_000;

test('of 10,000 objects a summary is shown, and of one object what it has to do with', async (context) => {
  const { simulated, run } = simulatedTerminal();
  const objects = realisticMix(10_000);
  const places = new Set(objects.flatMap((object) => object.metadata.namespace ?? []));
  const given = new Set(objects.flatMap((object) => (object.kind === 'Namespace' ? object.metadata.name : [])));
  simulated.adopt([...[...places].filter((name) => !given.has(name)).map(namespace), ...objects]);
  const measured = async (...args: string[]) => {
    const start = process.cpuUsage();
    const result = await run(['plan', '--everything', ...args], { offline: true });
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1_000;
    context.diagnostic(
      `plan --everything ${args.join(' ')}: ${ms.toFixed(0)} ms of processor time, ${result.out.split('\n').length} lines`,
    );
    assert.equal(result.exitCode, 0, result.err);
    assert.ok(ms < limitMs, `${ms} ms`);
    return result.out;
  };
  const summary = await measured();
  assert.match(summary, /^1\d{4} objects, \d+ edges between them, in \d+ waves\n/);
  assert.ok(summary.split('\n').length < 60);
  assert.match(summary, /the same with --of, its kind and its name, such as --of deployment\/web/);

  const document = JSON.parse(await measured('-o', 'json')) as GraphDocument;
  assert.ok(document.steps.length >= 10_000);

  const secret = document.steps.find(({ object }) => object.startsWith('Secret/'))?.object ?? '';
  const one = await measured('--of', secret);
  assert.ok(one.split('\n').length < 120);
  assert.match(one, /need it, directly or indirectly/);
});
