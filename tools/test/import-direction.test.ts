import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importProblems } from './import-direction.ts';
import { importsOf } from './imports.ts';

const problems = (path: string, text: string) => importProblems([{ path, text }]);

test('what points the right way is fine', () => {
  assert.deepEqual(
    problems('src/graph/a.ts', "import { idOf } from '../objects/identity.ts';\nimport { BookendError } from '../errors.ts';\n"),
    [],
  );
  assert.deepEqual(problems('src/teardown/a.ts', "import type { Cluster } from '../cluster/port.ts';\n"), []);
  const seen = problems('src/cli/a.ts', "await import('../operator/main.ts'); import { readFile } from 'node:fs/promises';\n");
  assert.deepEqual(seen, []);
  assert.deepEqual(problems('src/install/a.ts', "import { createHash } from 'node:crypto';\n"), []);
});

test('what points the wrong way is refused, types and dynamic imports included', () => {
  const wrong: [string, string, RegExp][] = [
    [
      'src/objects/a.ts',
      "import { plan } from '../plan/plan.ts';",
      /^src\/objects\/a\.ts: imports src\/plan\/plan\.ts; objects may only know errors$/,
    ],
    ['src/graph/a.ts', "import type { Plan } from '../plan/plan.ts';", /graph may only know objects, errors/],
    ['src/teardown/a.ts', "import { openCluster } from '../cluster/kube/open.ts';", /imports src\/cluster\/kube\/open\.ts/],
    ['src/teardown/a.ts', "export { x } from '../cluster/simulated/index.ts';", /imports src\/cluster\/simulated/],
    ['src/cluster/mirror.ts', "import { x } from './kube/open.ts';", /cluster may only know objects, log, errors/],
    ['src/operator/a.ts', "const x = await import('../cli/main.ts');", /imports src\/cli\/main\.ts/],
    ['src/cli/a.ts', "import { up } from '../../tools/local-cluster/index.ts';", /nothing in src may know what is outside of it/],
    [
      'src/cli/a.test.ts',
      "import { up } from '../../tools/local-cluster/index.ts';",
      /nothing in src may know what is outside of it/,
    ],
    ['src/why/a.ts', "import type { Finding } from '../preview/finding.ts';", /why may only know/],
    ['src/cli/plan/a.ts', "import { preview } from '../../preview/preview.ts';", /which it must not need/],
    ['src/cli/share.ts', "import { preview } from './preview/show.ts';", /which it must not need/],
    ['src/preview/play/a.ts', "import { rules } from '../rules/rules.ts';", /preview\/play may only know/],
    ['src/preview/rules/a.ts', "import { text } from '../report/text.ts';", /preview\/rules may only know/],
    ['src/uninstall/a.ts', "import { makeSimulatedCluster } from '../cluster/simulated/index.ts';", /uninstall may only know/],
    ['src/cli/a.ts', "import { x } from './testing/x.ts';", /which is there for tests/],
    ['src/elsewhere/a.ts', '', /its folder is not among the layers/],
  ];
  for (const [path, text, message] of wrong) assert.match(problems(path, text)[0] ?? 'no problem', message);
});

test('pure layers import no packages and use no time, process or terminal', () => {
  for (const from of ['node:http', 'node:fs', 'undici', 'commander', 'pino', 'node:process']) {
    const answer = problems('src/plan/a.ts', `import x from '${from}';`)[0] ?? '';
    assert.match(answer, new RegExp(`imports ${from}; plan may import no packages`));
  }
  assert.deepEqual(problems('src/objects/a.ts', "import { parse } from 'yaml';"), []);
  for (const code of [
    'process.env.X',
    'console.log(1)',
    'Date.now()',
    'new Date()',
    'setTimeout(f, 1)',
    '`\u0024{Date.now()}`',
    'Math.random()',
  ]) {
    const outcome = problems('src/plan/a.ts', `export const x = () => ${code};`)[0] ?? 'no problem';
    assert.match(outcome, /which must be handed in/, code);
  }
  const words = "// Date.now() is not used\nexport const x = { process: 'process.env', /* fetch( */ y: new Date(5) };";
  assert.deepEqual(problems('src/plan/a.ts', words), []);
  assert.deepEqual(problems('src/plan/a.test.ts', 'console.log(Date.now())'), []);
});

test('files that import each other in a circle are refused, types included', () => {
  const file = (name: string, text: string) => ({ path: `src/plan/${name}.ts`, text });
  const circle = [file('a', "import './b.ts';"), file('b', "import { x } from './c.ts';"), file('c', "export * from './a.ts';")];
  assert.deepEqual(importProblems(circle), [
    'src/plan/a.ts → src/plan/b.ts → src/plan/c.ts → src/plan/a.ts: these files import each other in a circle',
  ]);
  const types = [file('a', "import type { B } from './b.ts';"), file('b', "import { a } from './a.ts';")];
  assert.match(importProblems(types)[0] ?? '', /a\.ts → src\/plan\/b\.ts → src\/plan\/a\.ts/);
});

test('imports are read over several lines, and not from comments', () => {
  const text = `
    import {
      type One,
      two,
    } from './many.ts';
    // import './comment.ts';
    /* export * from './other.ts'; */
    import type { Three } from './types.ts';
    export { four } from './four.ts';
    import './effect.ts';
    const five = await import('./five.ts');
    const text = "it's"; import { six } from './six.ts';
  `;
  const expected = ['many', 'types', 'four', 'effect', 'five'];
  const found = importsOf(text).map((from) => from.slice(2, -3));
  assert.deepEqual(found, expected);
});
