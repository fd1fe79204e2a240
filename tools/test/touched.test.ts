import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SourceFile } from './import-direction.ts';
import { touchedTests } from './touched.ts';

const code: SourceFile[] = [
  { path: 'src/objects/identity.ts', text: '' },
  { path: 'src/objects/identity.test.ts', text: "import { idOf } from './identity.ts';" },
  { path: 'src/graph/build.ts', text: "import type { Id } from '../objects/identity.ts';" },
  { path: 'src/graph/build.test.ts', text: "import { build } from './build.ts';" },
  { path: 'src/graph/other.test.ts', text: "// import '../objects/identity.ts'" },
  { path: 'src/cli/main.ts', text: "await import('../graph/build.ts');" },
  { path: 'bin/bookend.js', text: "const source = here('../src/cli/main.ts');" },
  { path: 'src/cli/run.test.ts', text: "spawn(join(root, 'bin', 'bookend.js'));" },
  { path: 'tools/image/main.ts', text: '' },
  { path: 'tools/image/main.test.ts', text: "fork(join(root, 'tools/image/main.ts'));" },
  { path: 'tools/charts.ts', text: "readFileSync(join(root, 'charts/bookend', 'values.yaml'));" },
  { path: 'tools/charts.test.ts', text: "import './charts.ts';" },
  { path: 'tools/all.test.ts', text: "globSync('src/**/*.ts');" },
];
const tests = code.map(({ path }) => path).filter((path) => path.endsWith('.test.ts'));
const touched = (...changed: string[]) => touchedTests(code, tests, changed);

describe('the tests that a change touches', () => {
  test('reach the file through imports, of types too, or run it; the nearest come first', () => {
    assert.deepEqual(touched('src/objects/identity.ts'), [
      'src/objects/identity.test.ts',
      'tools/all.test.ts',
      'src/graph/build.test.ts',
      'src/cli/run.test.ts',
    ]);
    assert.deepEqual(touched('src/graph/build.ts'), ['src/graph/build.test.ts', 'tools/all.test.ts', 'src/cli/run.test.ts']);
  });

  test('are the changed file itself', () => {
    assert.deepEqual(touched('src/graph/other.test.ts'), ['src/graph/other.test.ts', 'tools/all.test.ts']);
  });

  test('run the program that they say, and no other of the same name', () => {
    assert.deepEqual(touched('tools/image/main.ts'), ['tools/image/main.test.ts']);
    assert.deepEqual(touched('src/cli/main.ts'), ['tools/all.test.ts', 'src/cli/run.test.ts']);
  });

  test('name a file that is no code, or the folder that it is in', () => {
    assert.deepEqual(touched('charts/bookend/templates/role.yaml'), ['tools/charts.test.ts']);
    assert.deepEqual(touched('charts/bookend/values.yaml'), ['tools/charts.test.ts']);
    assert.deepEqual(touched('docs/limits.md'), []);
  });

  test('are found for a file that is gone', () => {
    assert.deepEqual(touchedTests(code.slice(1), tests, ['src/objects/identity.ts']).slice(0, 1), [
      'src/objects/identity.test.ts',
    ]);
  });

  test('are all of them when the packages change', () => {
    assert.deepEqual(touched('package-lock.json'), tests);
  });
});
