/** Directories and files for tests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';

/** An empty directory, which is gone after the test, or the file of tests, that asked for it. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-test-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes texts to paths below the directory, which is returned. */
export function writeFiles(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}
