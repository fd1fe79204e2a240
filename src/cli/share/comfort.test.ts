/**
 * What makes `bookend share` pleasant or not: files as a shell gives them, help that can be copied, words on standard
 * error, and ends that are no crashes.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { fieldAt, listOf } from '../../objects/fields.ts';
import { readYaml } from '../../objects/yaml.ts';
import { parseShare } from '../../share/notation.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';

const share = (...args: string[]) => simulatedTerminal().run(['share', ...args], { offline: true });
const piped = (input: string, ...args: string[]) =>
  simulatedTerminal().run(['share', '-f', '-', ...args], { input, offline: true });
const line = 'cache = app:/cache, web:/cache';
const pod = (name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers:\n    - {name: app, image: a}\n    - {name: web, image: b}\n`;

function directory(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'bookend-share-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe('Files', () => {
  const root = directory({
    'a.yaml': pod('a'),
    'b.yaml': pod('b'),
    'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
    'more/c.yaml': pod('c'),
    'more/deep/d.json': JSON.stringify(readYaml(pod('d'), 'd')[0]?.object),
    'more/notes.txt': 'none of it',
  });
  const namesIn = (out: string) => readYaml(out, 'x').map(({ object }) => object.metadata.name);

  test('several behind one -f, as a shell writes *.yaml out', async () => {
    const { out, exitCode, err } = await share('-f', join(root, 'a.yaml'), join(root, 'b.yaml'), line);
    assert.equal(exitCode, 0, err);
    assert.deepEqual(namesIn(out), ['a', 'b']);
  });

  test('directories too, and in any order with the share', async () => {
    const { out } = await share('-f', root, line, join(root, 'more'));
    assert.deepEqual(namesIn(out), ['a', 'b', 'c']);
  });

  test('a kustomization in a directory is no manifest', async () => {
    assert.deepEqual(namesIn((await share('-f', root, line)).out), ['a', 'b']);
  });

  test('-R takes the directories within', async () => {
    assert.deepEqual(namesIn((await share('-R', '-f', root, line)).out), ['a', 'b', 'c', 'd']);
    const { exitCode, err } = await share('-f', join(root, 'more', 'deep', '..', '..', 'more', 'deep'), '-R', line);
    assert.equal(exitCode, 0, err);
  });

  test('a directory that has only directories tells of -R', async () => {
    const { exitCode, err } = await share('-f', directory({ 'x/a.yaml': pod('a') }), line);
    assert.equal(exitCode, 2);
    assert.match(err, /has no \.yaml, \.yml or \.json file[\s\S]*-R/);
  });

  test('a file that is not UTF-8 is refused, as printing it would change it', async () => {
    const file = join(directory({}), 'latin.yaml');
    writeFileSync(file, Buffer.from(`# caf\u00e9\n${pod('a')}`, 'latin1'));
    const { exitCode, out, err } = await share('-f', file, line);
    assert.deepEqual([exitCode, out], [2, '']);
    assert.match(err, /latin\.yaml is not UTF-8/);
  });

  test('a name that does not exist is said to be none', async () => {
    const { exitCode, err } = await share('-f', join(root, 'a.yaml'), join(root, 'z.yaml'), line);
    assert.equal(exitCode, 2);
    assert.match(err, /z\.yaml does not exist/);
  });
});

describe('The help', () => {
  test('has examples that can be read, every option, and the exit codes', async () => {
    const { out } = await share('--help');
    const quoted = [...out.matchAll(/'([^'\n]+:\/[^'\n]+)'/g)].map(([, text = '']) => text);
    assert.ok(quoted.length >= 5, quoted.join('\n'));
    for (const text of quoted) parseShare(text);
    for (const option of ['mode', 'type', 'sizeLimit', 'medium', 'owners', 'chown', 'chmod', 'resources', 'onConflict']) {
      assert.match(out, new RegExp(`${option}=`));
    }
    for (const code of [0, 2, 3, 5, 6, 70]) assert.match(out, new RegExp(`Exit codes:[\\s\\S]*\\b${code}\\b`));
  });
});

describe('Standard error', () => {
  test('says what changed in which workload, and --quiet does not', async () => {
    const both = `${pod('a')}---\n${pod('b')}`;
    const first = await piped(both, line);
    assert.equal(
      first.err,
      'Pod a (standard input:1): added share cache (scratch)\nPod b (standard input:9): added share cache (scratch)\n',
    );
    const changed = await piped(first.out, `${line}; sizeLimit=1Gi`, '--workload', 'pod/b');
    assert.equal(changed.err, 'Pod b (standard input:16): changed share cache (scratch)\n'.replace('16', lineOf(first.out, 'b')));
    assert.equal((await piped(both, line, '--quiet')).err, '');
  });

  test('of many workloads it names the first', async () => {
    const { err } = await piped(Array.from({ length: 30 }, (_, index) => pod(`p${index}`)).join('---\n'), line);
    assert.match(err, /\n… and 10 more workloads\n$/);
  });

  test('a missing label is told where the webhook is to look, not where shares are applied at once', async () => {
    const text = pod('a').replace('{name: a}', '{name: a, annotations: {share.bookend.dev/x: "app:/x, web:/x"}}');
    assert.match((await piped(text, line)).err, /Warning: standard input:3: Pod a: .* label share\.bookend\.dev\/inject: "true"/);
    assert.doesNotMatch((await piped(text, '--from-annotations')).err, /Warning/);
  });
});

describe('-o patch', () => {
  const patches = async (input: string, ...args: string[]) => {
    const { exitCode, out, err } = await piped(input, line, '-o', 'patch', ...args);
    assert.equal(exitCode, 0, err);
    return listOf(fieldAt(parse(out), 'patches'));
  };

  test('is one patch for each workload, for exactly this object', async () => {
    const [first, second] = await patches(`${pod('a.b').replace('a.b}', 'a.b, namespace: shop}')}---\n${pod('c')}`);
    assert.deepEqual(fieldAt(first, 'target'), { version: 'v1', kind: 'Pod', name: 'a\\.b', namespace: 'shop' });
    assert.deepEqual(fieldAt(second, 'target'), { version: 'v1', kind: 'Pod', name: 'c' });
  });

  test('an item of a List is an object of its own, a workload of a ClusterOperator is not', async () => {
    const indented = (spaces: number) =>
      pod('a')
        .trimEnd()
        .replaceAll('\n', `\n${' '.repeat(spaces)}`);
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${indented(2)}\n`;
    const operator = `apiVersion: bookend.dev/v1alpha1\nkind: ClusterOperator\nmetadata: {name: shop}\nspec:\n  components:\n  - name: x\n    objects:\n    - ${indented(6)}\n`;
    const [ofList, ofOperator] = await patches(`${list}---\n${operator}`);
    assert.deepEqual(fieldAt(ofList, 'target', 'kind'), 'Pod');
    assert.match(String(fieldAt(ofList, 'patch')), /path: \/spec\/volumes\n/);
    assert.deepEqual(fieldAt(ofOperator, 'target'), {
      group: 'bookend.dev',
      version: 'v1alpha1',
      kind: 'ClusterOperator',
      name: 'shop',
    });
    assert.match(String(fieldAt(ofOperator, 'patch')), /path: \/spec\/components\/0\/objects\/0\/spec\/volumes\n/);
  });

  test('where nothing changes there is none', async () => {
    const { out } = await piped(pod('a'), line);
    assert.deepEqual(await patches(out), []);
  });

  test('takes a share out too', async () => {
    const { out: applied } = await piped(pod('a'), line);
    const { out } = await piped(applied, '--remove', 'cache', '-o', 'patch');
    assert.match(out, /op: remove\n\s+path: \/spec\/volumes/);
  });

  test('an object without a name is refused', async () => {
    const { exitCode, out, err } = await piped(pod('a').replace('name: a}', 'generateName: a-}'), line, '-o', 'patch');
    assert.deepEqual([exitCode, out], [2, '']);
    assert.match(err, /Pod a- \(standard input:1\) has no metadata\.name/);
  });
});

describe('As a process', () => {
  const program = join(import.meta.dirname, '../../../bin/bookend.js');
  const shell = (script: string, file: string) =>
    spawnSync('/bin/bash', ['-c', script], {
      encoding: 'utf8',
      env: { ...process.env, node: process.execPath, program, file, line },
    });
  const file = join(directory({ 'a.yaml': Array.from({ length: 600 }, (_, index) => pod(`p${index}`)).join('---\n') }), 'a.yaml');

  test('a full disk is told in a line', { skip: !existsSync('/dev/full') }, () => {
    const { status, stderr } = shell('"$node" "$program" share -q -f "$file" "$line" > /dev/full', file);
    assert.equal(status, 2);
    assert.match(stderr, /^Error: the standard output cannot be written: ENOSPC[^\n]*\n$/);
  });

  test('a pipe that somebody closed ends it as it ends other programs', () => {
    const { status, stderr } = shell('set -o pipefail; "$node" "$program" share -q -f "$file" "$line" | true', file);
    assert.deepEqual([status, stderr], [141, '']);
  });

  test('a file that cannot be written stays as it is', () => {
    const { status, stderr } = shell('ulimit -f 1; "$node" "$program" share -q -i -f "$file" "$line"', file);
    assert.notEqual(status, 0);
    assert.doesNotMatch(stderr, / {4}at /);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /bookend-share/);
  });
});

function lineOf(text: string, name: string): string {
  const document = readYaml(text, 'x').find(({ object }) => object.metadata.name === name);
  return String(document?.line);
}
