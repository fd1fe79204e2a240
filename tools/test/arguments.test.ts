import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kubernetesReleases } from '../local-cluster/versions.ts';
import { parseArguments } from './arguments.ts';

describe('the arguments of npm test', () => {
  test('a version of Kubernetes selects the stages that depend on it, unless others are named', () => {
    const { stages, kubernetes } = parseArguments(['--kubernetes', '1.35']);
    assert.equal(kubernetes, kubernetesReleases['1.35']);
    assert.deepEqual(stages, ['e2e', 'charts', 'contract', 'attacks']);
    assert.deepEqual(parseArguments(['--kubernetes', '1.35', '--only', 'contract']).stages, ['contract']);
  });

  test('an unknown version, and one of an existing cluster, are refused', () => {
    assert.throws(() => parseArguments(['--kubernetes', '1.12']), /not a version that the local cluster can run/);
    assert.throws(() => parseArguments(['--kubernetes', '1.36', '--context', 'mine']), /an existing cluster has its own/);
  });

  test('what takes long runs only when it is named', () => {
    assert.ok(!parseArguments([]).stages.includes('uninstalls'));
    assert.deepEqual(parseArguments(['--only', 'uninstalls']).stages, ['uninstalls']);
  });
});
