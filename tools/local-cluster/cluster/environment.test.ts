import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { shellExports } from './environment.ts';

describe('the lines for a shell', () => {
  test('set KUBECONFIG and put our programs first on the PATH', () => {
    assert.equal(shellExports('/a/kubeconfig', '/a/bin'), `export KUBECONFIG='/a/kubeconfig'\nexport PATH='/a/bin':"$PATH"\n`);
  });

  test('can be evaluated whatever the paths contain', () => {
    const odd = `/it's a "$HOME" \`id\` path`;
    const script = `${shellExports(odd)}printf %s "$KUBECONFIG"`;
    assert.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), odd);
  });
});
