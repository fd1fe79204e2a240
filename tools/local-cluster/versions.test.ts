import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kubernetesRelease, stagingVersion } from './versions.ts';

describe('the Kubernetes version', () => {
  test('a minor version means its known patch release', () => {
    assert.equal(kubernetesRelease('1.36'), '1.36.3');
  });

  test('a full version stands for itself, with or without v', () => {
    assert.equal(kubernetesRelease('1.35.4'), '1.35.4');
    assert.equal(kubernetesRelease('v1.35.4'), '1.35.4');
  });

  test('an unknown version is refused and the known ones are named', () => {
    assert.throws(() => kubernetesRelease('1.20'), { code: 'bad-input', message: /"1\.20"/, advice: /1\.37\.2/ });
  });

  test('the staging modules follow the release', () => {
    assert.equal(stagingVersion('1.37.2'), 'v0.37.2');
  });
});
