import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { chartPath } from './helm.ts';
import { staleCopies, usersOfTheLibrary } from './vendored.ts';

describe('The library chart in the charts that use it', () => {
  test('is the same as in charts/bookend-hook (else: node test/charts/vendored.ts --write)', () => {
    assert.deepEqual(staleCopies(), []);
  });

  test('is named in their dependencies with the version that it has', () => {
    const { version } = chartFile('charts/bookend-hook');
    for (const user of usersOfTheLibrary) {
      const dependency = chartFile(user).dependencies?.find(({ name }) => name === 'bookend-hook');
      assert.equal(dependency?.version, version, user);
    }
  });

  test('runs the image of its own version', () => {
    const job = readFileSync(chartPath('charts/bookend-hook/templates/_job.tpl'), 'utf8');
    assert.match(job, new RegExp(`\\.tag \\| default "${chartFile('charts/bookend-hook').appVersion}"`));
  });
});

test('All charts have the version of the package', () => {
  const { version } = JSON.parse(readFileSync(chartPath('package.json'), 'utf8')) as { version: string };
  const charts = [
    'charts/bookend',
    'charts/bookend-hook',
    'examples/node-agent/naive',
    'examples/node-agent/bookend',
    'examples/own-operator',
    'examples/umbrella',
  ];
  for (const chart of charts) {
    assert.equal(chartFile(chart).version, version, chart);
    assert.equal(chartFile(chart).appVersion, version, chart);
  }
});

type ChartFile = { version: string; appVersion: string; dependencies?: { name: string; version: string }[] };

function chartFile(chart: string): ChartFile {
  return parse(readFileSync(chartPath(`${chart}/Chart.yaml`), 'utf8')) as ChartFile;
}
