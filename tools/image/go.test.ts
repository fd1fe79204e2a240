import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { scratch } from '../test/scratch.ts';
import { buildGoProgram, goCompiler } from './go.ts';

const parent = scratch();
const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

/** A compiler that is a few lines of shell. */
function compiler(script: string): void {
  const directory = scratch();
  writeFileSync(join(directory, 'go'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'go'), 0o755);
  process.env.PATH = `${directory}:${path}`;
}

describe('building a Go program', () => {
  test('asks for one static file that says nothing of where it was built, of this version', async () => {
    compiler(
      'while [ "$1" != -o ]; do printf "%s|" "$1"; shift; done > "$PWD/asked"; echo "$CGO_ENABLED$GOOS$GOFLAGS" >> "$PWD/asked"; cp "$PWD/asked" "$2"',
    );
    const program = await buildGoProgram({ directory: parent, version: '1.2.3' });
    assert.equal(program.toString(), 'build|-trimpath|-ldflags|-s -w -X main.version=1.2.3|-tags||0linux-buildvcs=false\n');
  });

  test('without Go it says what to do', async () => {
    process.env.PATH = join(parent, 'nothing');
    await assert.rejects(goCompiler(parent), { code: 'unsupported', advice: /Install Go/ });
  });

  test('says what the compiler says', async () => {
    compiler('echo "main.go:7: undefined: x" >&2; exit 1');
    await assert.rejects(buildGoProgram({ directory: parent, version: '1' }), {
      code: 'internal',
      message: /main\.go:7: undefined: x/,
    });
  });
});
