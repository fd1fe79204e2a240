import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { parse } from 'yaml';
import { scratch } from '../test/scratch.ts';
import { packCharts, packPlugins } from './charts.ts';
import type { Commit } from './commit.ts';
import { openSigner } from './signing.ts';

const commit: Commit = { version: '0.1.0', revision: 'abc', date: new Date(0), source: 'https://git.example/bookend' };
const images = [{ name: 'registry.bookend.dev/bookend', repository: 'bookend', digest: 'sha256:123' }];

async function contents(file: string): Promise<Map<string, string>> {
  const entries = await unpackTar(gunzipSync(readFileSync(file)));
  return new Map(entries.map(({ header, data }) => [header.name, Buffer.from(data ?? []).toString()]));
}

test('a packed chart has its schema, the library within, and annotations that lead to its images and sources', async () => {
  const [out, signer] = [scratch(), openSigner({})];
  const artifacts = await packCharts(out, commit, images, signer);
  signer.dispose();
  const names = artifacts.map(({ file }) => file);
  assert.deepEqual(names, [
    'bookend-0.1.0.tgz',
    'bookend-0.1.0.tgz.prov',
    'bookend-hook-0.1.0.tgz',
    'bookend-hook-0.1.0.tgz.prov',
  ]);
  const chart = await contents(join(out, 'bookend-0.1.0.tgz'));
  for (const file of ['values.yaml', 'values.schema.json', 'README.md', 'charts/bookend-hook/Chart.yaml']) {
    assert.ok(chart.has(`bookend/${file}`), file);
  }
  const { annotations, sources, kubeVersion } = parse(chart.get('bookend/Chart.yaml') ?? '');
  assert.deepEqual(parse(annotations['artifacthub.io/images']), [
    { name: 'bookend', image: 'registry.bookend.dev/bookend@sha256:123' },
  ]);
  assert.deepEqual([sources, kubeVersion, annotations['artifacthub.io/license']], [[commit.source], '>=1.35.0-0', 'Apache-2.0']);
  const provenance = readFileSync(join(out, 'bookend-0.1.0.tgz.prov'), 'utf8');
  assert.ok(provenance.includes(`bookend-0.1.0.tgz: sha256:${artifacts[0]?.sha256}`));
});

test('a packed plugin keeps its program executable, and is the same in every run', async () => {
  const [one, two, signer] = [scratch(), scratch(), openSigner({})];
  const artifacts = await packPlugins(one, signer);
  await packPlugins(two, signer);
  signer.dispose();
  for (const { file } of artifacts.filter(({ file: name }) => name.endsWith('.tgz'))) {
    assert.deepEqual(readFileSync(join(one, file)), readFileSync(join(two, file)));
  }
  const entries = await unpackTar(gunzipSync(readFileSync(join(one, 'helm-plugin-bookend-0.1.0.tgz'))));
  const program = entries.find(({ header }) => header.name === 'helm-plugin-bookend/run');
  assert.equal(program?.header.mode, 0o755);
});
