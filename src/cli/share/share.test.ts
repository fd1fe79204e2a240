/**
 * `bookend share` as a person and a pipe meet it: what is printed, what is refused and where, and that nothing is
 * printed then.
 */
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fieldAt } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { readYaml } from '../../objects/yaml.ts';
import { applyShares } from '../../share/apply.ts';
import { parseShare } from '../../share/notation.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import type { ExplanationDocument } from './explanation.ts';

const share = (input: string, ...args: string[]) =>
  simulatedTerminal().run(['share', '-f', '-', ...args], { input, offline: true });

const web = 'app:/srv/www -> nginx:/usr/share/nginx/html:ro';
const containers = '[{name: app, image: app:1}, {name: nginx, image: nginx:1}]';
const deployment = (name: string, template = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {tier: ${name}}}   # ${name}
spec:
  template:${template}
    spec:
      containers: ${containers}
`;

const objectsIn = (text: string) => readYaml(text, 'x').map(({ object }) => object);
const podSpec = (object: KubernetesObject | undefined) => object && podTemplateOf(object)?.spec;
const settings = { seedImage: 'registry.bookend.dev/seed:0.1.0', imageVolumes: { known: false, reason: '' } } as const;
const names = (spec: unknown, list: string) => {
  const entries = fieldAt(spec, list);
  return Array.isArray(entries) ? entries.map((entry) => fieldAt(entry, 'name')) : [];
};

describe('bookend share', () => {
  test('prints the manifests with the share; the Pod template is the very one of applyShares', async () => {
    const { exitCode, out, err } = await share(deployment('web'), web);
    assert.equal(exitCode, 0);
    assert.equal(err, 'Deployment web (standard input:1): added share app-srv-www (copy)\n');
    const [before] = objectsIn(deployment('web'));
    const spec = podSpec(before) ?? {};
    assert.deepEqual(podSpec(objectsIn(out)[0]), applyShares({ spec }, [parseShare(web)], settings).spec);
    assert.match(out, /^apiVersion: apps\/v1\nkind: Deployment\nmetadata: \{name: web, labels: \{tier: web\}\} {3}# web\n/);
  });

  test('given its own output it prints it again', async () => {
    const { out } = await share(deployment('web'), web, 'app:/cache, nginx:/cache');
    assert.equal((await share(out, web, 'app:/cache, nginx:/cache')).out, out);
  });

  test('every kind with a Pod template gets it', async () => {
    const template = `{spec: {containers: ${containers}}}`;
    const kinds = [
      `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: ${containers}}}`,
      ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map(
        (kind) => `{apiVersion: apps/v1, kind: ${kind}, metadata: {name: a}, spec: {template: ${template}}}`,
      ),
      `{apiVersion: v1, kind: ReplicationController, metadata: {name: a}, spec: {template: ${template}}}`,
      `{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: ${template}}}`,
      `{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: ${template}}}}}`,
    ];
    const { out } = await share(kinds.join('\n---\n'), web);
    for (const object of objectsIn(out)) {
      assert.deepEqual(names(podSpec(object), 'initContainers'), ['bookend-seed', 'bookend-share-app-srv-www'], object.kind);
    }
  });

  test('so do those in Lists, typed ones too, and in the components of a ClusterOperator', async () => {
    const item = `spec: {template: {spec: {containers: ${containers}}}}`;
    const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: in-list}\n  ${item}\n`;
    const typed = `apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: in-typed-list}\n  ${item}\n`;
    const operator = `apiVersion: bookend.dev/v1alpha1\nkind: ClusterOperator\nmetadata: {name: shop}\nspec:\n  components:\n  - name: web\n    objects:\n    - apiVersion: apps/v1\n      kind: Deployment\n      metadata: {name: in-component}\n      ${item}\n`;
    const { out } = await share([list, typed, operator].join('---\n'), web);
    assert.equal(out.match(/name: bookend-seed/g)?.length, 3);
    assert.doesNotMatch(out, /kind: DeploymentList\nitems:\n- (apiVersion|kind)/);
    const { out: explained } = await share([list, operator].join('---\n'), web, '--explain', '-o', 'json');
    assert.deepEqual(
      (JSON.parse(explained) as ExplanationDocument).workloads.map(({ object, where, field }) => [object, where, field]),
      [
        ['Deployment in-list', 'standard input:4', 'items[0].spec.template.spec'],
        ['Deployment in-component', 'standard input:16', 'spec.components[0].objects[0].spec.template.spec'],
      ],
    );
  });

  test('several workloads: those that have the containers, or those that are named', async () => {
    const other = 'apiVersion: v1\nkind: Pod\nmetadata: {name: other}\nspec: {containers: [{name: app, image: app:1}]}\n';
    const all = [deployment('one'), other, deployment('two')].join('---\n');
    const shared = async (...args: string[]) =>
      objectsIn((await share(all, web, ...args)).out)
        .filter((object) => names(podSpec(object), 'volumes').length > 0)
        .map(({ metadata }) => metadata.name);
    assert.deepEqual(await shared(), ['one', 'two']);
    assert.deepEqual(await shared('--workload', 'deploy/two'), ['two']);
    assert.deepEqual(await shared('--workload', 'Deployments/one', '--workload', 'pod'), ['one']);
    assert.deepEqual(await shared('-l', 'tier in (two)'), ['two']);
  });

  test('the flags are for shares that do not say otherwise', async () => {
    const args = ['--mode', 'copy', '--size-limit', '1Gi', '--medium', 'Memory', '--seed-image', 'mirror.example/seed:1'];
    const { out } = await share(
      deployment('web'),
      `a = ${web}; sizeLimit=2Gi`,
      'b = app:/cache, nginx:/cache; mode=scratch',
      ...args,
    );
    const spec = podSpec(objectsIn(out)[0]);
    assert.deepEqual(fieldAt(spec, 'volumes'), [
      { name: 'bookend-share-a', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } },
      { name: 'bookend-share-b', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
      { name: 'bookend-tools', emptyDir: {} },
    ]);
    assert.match(out, /image: mirror\.example\/seed:1\n/);
    assert.match((await share(deployment('web'), web, '--name', 'web')).out, /name: bookend-share-web\n/);
  });

  test('shares of annotations are applied too, and those of the command line take their place', async () => {
    const template = '\n    metadata: {annotations: {share.bookend.dev/web: "app:/srv/www -> nginx:/usr/share/nginx/html:ro"}}';
    const both = [deployment('plain'), deployment('annotated', template)].join('---\n');
    const { out } = await share(both, '--from-annotations', 'cache = app:/cache, nginx:/cache');
    const [plain, annotated] = objectsIn(out).map(podSpec);
    assert.deepEqual(names(plain, 'volumes'), ['bookend-share-cache']);
    assert.deepEqual(names(annotated, 'volumes'), ['bookend-share-cache', 'bookend-share-web', 'bookend-tools']);
    const replaced = await share(both, '--from-annotations', 'web = app:/cache, nginx:/cache');
    assert.deepEqual(names(podSpec(objectsIn(replaced.out)[1]), 'volumes'), ['bookend-share-web']);
    const without = await share(deployment('plain'), '--from-annotations');
    assert.equal(without.out, deployment('plain'), 'a chart without any is printed as it is');
  });

  test('--diff prints only what changes', async () => {
    const { out } = await share(deployment('web'), '--diff', 'web = app:/cache, nginx:/cache');
    assert.match(out, /^--- standard input\n\+\+\+ standard input\n@@ -\d,\d \+\d,\d @@\n/);
    assert.match(out, /\n {6}template:\n| {3}template:\n/);
    assert.match(out, /\n\+ {6}volumes:\n\+ {8}- name: bookend-share-web\n\+ {10}emptyDir: \{\}\n$/);
    const { out: shared } = await share(deployment('web'), web);
    assert.equal((await share(shared, '--diff', web)).out, '');
  });

  test('--explain says which mode, why, and what it costs', async () => {
    const { out } = await share(deployment('web'), '--explain', `web = ${web}`);
    assert.match(out, /^Deployment web \(standard input:1\)\n {2}web = app:\/srv\/www -> nginx:\/usr\/share\/nginx\/html:ro\n/);
    assert.match(out, /\n {4}mode {8}copy, because no cluster was asked whether its nodes can mount images/);
    assert.match(out, /\n {4}space {7}the size of the source for each Pod/);
    assert.match(out, /\n {4}start time {2}two init containers/);
  });

  test('a cluster is asked only when that is wanted, and only read', async () => {
    const terminal = simulatedTerminal();
    const explain = async (...args: string[]) => {
      const run = await terminal.run(['share', '-f', '-', '--explain', '-o', 'json', ...args], { input: deployment('web') });
      assert.equal(run.exitCode, 0, run.err);
      return (JSON.parse(run.out) as ExplanationDocument).workloads[0]?.shares[0];
    };
    assert.match((await explain(web))?.why ?? '', /no cluster was asked/);
    for (const flag of [['--cluster'], ['--context', 'any']]) {
      const asked = await explain(web, ...flag);
      assert.equal(asked?.mode, 'copy');
      assert.doesNotMatch(asked?.why ?? 'no cluster was asked', /no cluster was asked/);
    }
    assert.deepEqual(
      terminal.simulated.requests.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb)),
      [],
    );
  });

  test('a cluster is asked for a share that somebody writes to as well: on it depends how the copy gets its tool', async () => {
    const asks = async (share: string) => {
      const terminal = simulatedTerminal();
      const { exitCode } = await terminal.run(['share', '-f', '-', '--cluster', share], { input: deployment('web') });
      assert.equal(exitCode, 0);
      return terminal.simulated.requests.some(({ verb }) => verb === 'list');
    };
    assert.ok(await asks('app:/srv/www -> nginx:/html'));
    assert.ok(!(await asks('app:/srv/www -> nginx:/html; mode=copy')), 'who asks for a copy by name relies on none');
    assert.ok(!(await asks('app:/cache, nginx:/cache')));
  });

  test('several files are one stream; one file stays as it is', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-share-'));
    const texts = {
      'a.yaml': deployment('a').trimEnd(),
      'b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}',
      'c.yaml': `# c\n---\n${deployment('c')}`,
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
    const run = (...args: string[]) => simulatedTerminal().run(['share', ...args], { offline: true });
    const { out } = await run('-f', directory, web);
    assert.deepEqual(
      objectsIn(out).map(({ metadata }) => metadata.name),
      ['a', 'b', 'c'],
    );
    assert.ok(out.includes(`\n---\n${texts['b.json']}\n# c\n---\n`), out);
    assert.equal((await run('-f', join(directory, 'b.json'), '--from-annotations')).out, texts['b.json']);
  });
});

describe('bookend share --in-place', () => {
  const run = (...args: string[]) => simulatedTerminal().run(['share', '--in-place', ...args], { offline: true });
  const files = () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-share-'));
    const [web, other] = [join(directory, 'web.yaml'), join(directory, 'other.yaml')];
    writeFileSync(web, deployment('web').replaceAll('\n', '\r\n'));
    chmodSync(web, 0o664);
    writeFileSync(other, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n');
    return { directory, web, other };
  };

  test('writes what it would print into the files that change, and says which', async () => {
    const { directory, web: file, other } = files();
    const before = statSync(other);
    const { out: printed } = await simulatedTerminal().run(['share', '-f', file, web], { offline: true });
    const { exitCode, out, err } = await run('-f', directory, web);
    const said = `${file} changed\nDeployment web (${file}:1): added share app-srv-www (copy)\n`;
    assert.deepEqual([exitCode, out, err], [0, '', said]);
    assert.equal(readFileSync(file, 'utf8'), printed);
    assert.equal(statSync(file).mode & 0o777, 0o664);
    assert.deepEqual([statSync(other).ino, statSync(other).mtimeMs], [before.ino, before.mtimeMs]);
    assert.deepEqual(readdirSync(directory), ['other.yaml', 'web.yaml']);
    const again = await run('-f', directory, web);
    assert.equal(again.err, `Deployment web (${file}:1): nothing to change\n`, 'a second time nothing changes');
  });

  test('a link stays one', async () => {
    const { directory, web: file } = files();
    const link = join(directory, 'link.yaml');
    symlinkSync(file, link);
    await run('-f', link, web);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.match(readFileSync(file, 'utf8'), /bookend-seed/);
  });

  test('writes nothing when a share is wrong, or when a file is not UTF-8', async () => {
    const { web: file, other } = files();
    assert.equal((await run('-f', file, '-f', other, 'app:/srv -> ngin:/x:ro')).exitCode, 2);
    const latin = Buffer.from(`# caf\u00e9\n${deployment('web')}`, 'latin1');
    writeFileSync(other, latin);
    const { exitCode, err } = await run('-f', file, '-f', other, web);
    assert.equal(exitCode, 5);
    assert.match(err, /other\.yaml has changed meanwhile, or is not UTF-8; nothing was written/);
    assert.equal(readFileSync(file, 'utf8'), deployment('web').replaceAll('\n', '\r\n'));
    assert.deepEqual(readFileSync(other), latin);
  });
});

describe('bookend share refuses', () => {
  const refused = async (input: string, args: string[], says: RegExp, exit = 2) => {
    const { exitCode, out, err } = await share(input, ...args);
    assert.match(err, says);
    assert.equal(out, '', 'nothing is printed');
    assert.equal(exitCode, exit);
  };

  test('what does not fit, with the file, the line and the field', async () => {
    const two = [
      deployment('one'),
      deployment('two').replace('name: app,', 'name: app, volumeMounts: [{name: x, mountPath: /srv}],'),
    ].join('---\n');
    await refused(
      two,
      [web],
      /standard input:9: 'app:\/srv\/www -> nginx:[^']+' from\.path: \/srv\/www of container app is in volume x/,
    );
    await refused(two, [web], /Where: Deployment two$/m);
    const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c}\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\n  spec: {containers: ${containers}, volumes: [{name: bookend-tools, hostPath: {path: /x}}]}\n`;
    await refused(
      list,
      [web],
      /standard input:10: items\[1\]\.spec\.volumes: the volume bookend-tools has a name that Bookend reserves/,
    );
  });

  test('a share whose containers nobody has, with the files that were looked at', async () => {
    await refused(
      deployment('web'),
      ['app:/srv -> ngin:/x:ro'],
      /standard input: 'app:\/srv -> ngin:\/x:ro': no workload has all of the containers app, ngin: Deployment web lacks ngin/,
    );
    await refused('', [web], /the input has no workload/);
    await refused(
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: shop}\nspec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: shop}}\n',
      [web],
      /the input has no workload; Rollout shop takes its Pods from Deployment shop \(spec\.workloadRef\): pass that/,
    );
  });

  test('annotations that are no shares, with their place in the template', async () => {
    const template = '\n    metadata: {annotations: {share.bookend.dev/web: "app:/srv/www ->"}}';
    await refused(
      deployment('web', template),
      ['--from-annotations'],
      /standard input:6: spec\.template\.metadata\.annotations\[share\.bookend\.dev\/web\]: /,
    );
    const unfit = '\n    metadata: {annotations: {share.bookend.dev/web: "app:/srv/www -> ngin:/x:ro"}}';
    await refused(
      deployment('web', unfit),
      ['--from-annotations'],
      /standard input:6: spec\.template\.metadata\.annotations\[share\.bookend\.dev\/web\]: the Pod has no container "ngin"/,
    );
  });

  test('a second document that is no YAML, although the first is right', async () => {
    await refused(`${deployment('web')}---\na: [1\n`, [web], /standard input:\d+: /);
  });

  test('flags that say nothing sensible', async () => {
    await refused(deployment('web'), [], /no share given/);
    await refused(deployment('web'), ['app'], /expected ":" and a path after app/);
    await refused(deployment('web'), [web, '--mode', 'fast'], /--mode cannot be "fast"/);
    await refused(deployment('web'), [web, 'app:/c, nginx:/c', '--name', 'x'], /--name needs one share, and 2 are given/);
    await refused(deployment('web'), [web, '-o', 'json'], /-o json needs --explain or --list/);
    await refused(deployment('web'), [web, '--diff', '--explain'], /cannot be combined with --diff/);
    await refused(deployment('web'), [web, '--diff', '-i'], /cannot be combined with --diff/);
    await refused(deployment('web'), [web, '-i'], /--in-place cannot change standard input/);
    await refused(deployment('web'), [web, '--workload', 'secret/x'], /names no workload/);
    await refused(
      deployment('web'),
      [web, '--mode', 'image', '--size-limit', '1Gi'],
      /sizeLimit: does not apply to an image volume/,
    );
    const { err, exitCode } = await simulatedTerminal().run(['share', web], { offline: true });
    assert.match(err, /no manifests given/);
    assert.equal(exitCode, 2);
  });
});
