/**
 * People copy commands out of our pages, messages and notes. Two sorts would do them harm, so both are refused wherever
 * they may stand:
 *
 * - a short name of our resource: on OpenShift `clusteroperators` is also a kind of the platform (config.openshift.io),
 *   and `kubectl delete clusteroperators --all` may mean that one;
 * - a package that is fetched under our name: nothing is published, so whoever registers the name decides what runs.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const self = 'tools/generate/printed-commands.test.ts';
const left = ['node_modules', '.cache', '.git', 'dist'];
const files = globSync('**/{*.{md,ts,mjs,js,sh,yaml,yml,tpl,txt,json,svg},post-render,.pre-commit-hooks.yaml}', {
  cwd: root,
  exclude: (path) => left.includes(path.split(sep).at(-1) ?? ''),
}).filter((file) => file !== self && file !== 'package-lock.json');

describe('a command that is printed or documented', () => {
  test('is looked for in all sources, pages, charts and examples', () => {
    for (const file of [
      'README.md',
      'action.yml',
      '.pre-commit-hooks.yaml',
      'charts/bookend/templates/NOTES.txt',
      'src/errors.ts',
    ])
      assert.ok(files.includes(file), file);
  });

  test('names our resource with its group where kubectl is called', () => {
    assert.deepEqual(found(shortName), []);
  });

  test('fetches no package under our name', () => {
    assert.deepEqual(found(fetched), []);
  });
});

describe('the search itself', () => {
  const bad = [
    'kubectl get clusteroperators',
    'delete them first (kubectl delete clusteroperators --all; or …)',
    'kubectl explain clusteroperators.spec',
    'kubectl wait --for=delete clusteroperator/NAME',
    'command: [kubectl, delete, clusteroperator, first]',
    'kubectl get clop',
    'kubectl get pods,clusteroperators',
    "lab.run('kubectl', ['delete', 'clusteroperator', name])",
    "...['patch', 'clusteroperator', name, '--type=merge'],",
    "      'annotate',\n      'clusteroperator',",
  ];
  for (const text of bad) test(`finds ${JSON.stringify(text)}`, () => assert.equal(matches(text, shortName).length, 1));

  const good = [
    'kubectl get clusteroperators.bookend.dev',
    'kubectl delete clusteroperator.bookend.dev/first',
    'kubectl wait --for=condition=established crd/clusteroperators.bookend.dev',
    'kubectl apply -f examples/first/clusteroperator.yaml',
    'kubectl get pods -l bookend.dev/clusteroperator=first',
    '`kubectl` shows the short name `clop`',
    'bookend delete clusteroperators --all',
    'assert.doesNotMatch(said, /kubectl delete clusteroperators?( |$)/)',
    String.raw`assert.match(said, /kubectl delete clusteroperators\.bookend\.dev/)`,
  ];
  for (const text of good) test(`passes ${JSON.stringify(text)}`, () => assert.deepEqual(matches(text, shortName), []));

  for (const text of [
    'npx bookend lint',
    'npx --yes "bookend@latest" lint',
    'npm install -g bookend',
    'npm i bookend@1',
    'pnpm dlx bookend',
  ])
    test(`finds ${JSON.stringify(text)}`, () => assert.equal(matches(text, fetched).length, 1));
  for (const text of ['npm run demo', 'npx pre-commit', 'npm ci', 'helm install bookend charts/bookend'])
    test(`passes ${JSON.stringify(text)}`, () => assert.deepEqual(matches(text, fetched), []));
});

function found(pattern: RegExp): string[] {
  return files.flatMap((file) => matches(readFileSync(join(root, file), 'utf8'), pattern).map((text) => `${file}: ${text}`));
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([match]) => match);
}

/**
 * Of ours, without its group: not a part of a path, a label or a longer name, nor a pattern of a test that forbids it.
 */
const ours = String.raw`(?<![\w/.-])(?:clusteroperators?|clop)\b(?!\.bookend\.dev|\.yaml|\w|-|\\|\?)`;
/**
 * On one line with kubectl and within one pair of backticks; or as the argument after a verb in a list of arguments,
 * when kubectl stands elsewhere.
 */
const shortName = new RegExp(
  String.raw`kubectl\b[^\`\n]*?${ours}|'(?:annotate|describe|edit|get|label|patch|wait)',\s*'${ours}`,
  'g',
);
const fetched =
  /\b(?:npx|npm (?:exec|x|i|install|add)|pnpm (?:dlx|add)|yarn (?:dlx|add)|bunx)\b[^`\n]*?["' ]bookend(?:@|["' ]|$)/gm;
