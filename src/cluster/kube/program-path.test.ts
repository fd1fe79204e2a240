import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { withoutRelativePath } from './program-path.ts';

const directory = mkdtempSync(join(tmpdir(), 'bookend-path-'));
after(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, 'helm-of-a-stranger'), '#!/bin/sh\necho taken over\n', { mode: 0o755 });

describe('programs are looked for on the PATH', () => {
  test('only in absolute directories', () => {
    assert.equal(withoutRelativePath({ PATH: '.:/usr/local/bin::bin:./x:/usr/bin:' }).PATH, '/usr/local/bin:/usr/bin');
    assert.deepEqual(withoutRelativePath({ PATH: '/bin', HOME: '/root' }), { PATH: '/bin', HOME: '/root' });
  });

  for (const PATH of ['', '.', ':/usr/bin', '/usr/bin:', './:/bin', undefined]) {
    test(`never in the current directory: PATH=${PATH}`, () => {
      const run = (env: Record<string, string | undefined>) => execFileSync('helm-of-a-stranger', { cwd: directory, env });
      assert.throws(() => run(withoutRelativePath({ PATH })), { code: 'ENOENT' });
    });
  }
});
