/**
 * What people really write, one of each kind, through the command line: manifests of public projects in miniature,
 * with what must come of them. A kind that once gave a wrong, a harmful or no answer stays here.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt, listOf } from '../../objects/fields.ts';
import { readYaml } from '../../objects/yaml.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';

type Case = {
  title: string;
  manifest: string;
  args: string[];
  /** Default 0. */
  exit?: number;
  /** Standard error. */
  says?: RegExp;
  /** The manifest that is printed. */
  prints?: RegExp;
  never?: RegExp;
};

const workload = (head: string, spec: string) =>
  `${head}\nspec:\n  selector: {matchLabels: {app: x}}\n  template:\n    metadata: {labels: {app: x}}\n    spec:\n${spec.replaceAll(/^(?=.)/gm, '      ')}`;
const deployment = (spec: string, metadata = '{name: blog}') =>
  workload(`apiVersion: apps/v1\nkind: Deployment\nmetadata: ${metadata}`, spec);
const two = `containers:
  - name: php
    image: blog:8
  - name: httpd
    image: httpd:2.4
`;
const assets = 'php:/var/www/html -> httpd:/usr/local/apache2/htdocs:ro';

const cases: Case[] = [
  {
    title: 'a program out of an image is copied, and no image volume is tried',
    manifest: `apiVersion: v1\nkind: Pod\nmetadata: {name: repo}\nspec:\n  containers:\n    - {name: server, image: server:2}\n`,
    args: ['image(tools:1):/usr/local/bin/helmfile -> server:/usr/local/bin/helmfile:ro'],
    prints: /- copy\n[\s\S]*emptyDir: \{\}/,
    never: /^\s+image:\n\s+reference/m,
  },
  {
    title: 'a Pod without a word on security gets init containers without added capabilities',
    manifest: deployment(two),
    args: [assets],
    never: /add:|CHOWN|DAC_OVERRIDE/,
  },
  {
    title: 'a Pod without resources gets init containers without, so that LimitRanges give them their defaults',
    manifest: deployment(two),
    args: [assets],
    never: /resources:|requests:/,
  },
  {
    title: 'a secret mounted below a directory that is shared for writing stays there',
    manifest: deployment(
      `containers:\n  - name: php\n    image: blog:8\n    volumeMounts: [{name: salts, mountPath: /var/www/html/config/salts}]\n  - name: httpd\n    image: httpd:2.4\nvolumes: [{name: salts, secret: {secretName: salts}}]\n`,
    ),
    args: ['php:/var/www/html -> httpd:/var/www/html'],
    prints: /mountPath: \/var\/www\/html\/config\/salts[\s\S]*mountPath: \/var\/www\/html$/m,
  },
  {
    title: 'two images fill one directory',
    manifest: `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: sso}\nspec: {template: {spec: {containers: [{name: server, image: sso:26}]}}}\n`,
    args: [
      'theme = image(theme:1):/providers -> server:/opt/sso/providers:ro',
      'otp = image(otp:2):/providers -> server:/opt/sso/providers:ro',
    ],
    prints: /bookend-share-theme[\s\S]*bookend-share-otp/,
  },
  {
    title: 'a Rollout is a workload by its shape',
    manifest: workload('apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: blog}', two),
    args: [assets, '--workload', 'rollout/blog'],
    prints: /initContainers:\n\s+- name: bookend-seed/,
    says: /Rollout blog \(standard input:1\): added share php-var-www-html \(copy\)/,
  },
  {
    title: 'a CloneSet of OpenKruise and a DeploymentConfig of OpenShift too',
    manifest: [
      workload('apiVersion: apps.kruise.io/v1alpha1\nkind: CloneSet\nmetadata: {name: one}', two),
      workload('apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\nmetadata: {name: two}', two),
    ].join('---\n'),
    args: [assets],
    says: /CloneSet one .*\n.*DeploymentConfig two /,
  },
  {
    title: 'a PodTemplate has its template at the top',
    manifest: `apiVersion: v1\nkind: PodTemplate\nmetadata: {name: blog}\ntemplate:\n  spec:\n${two.replaceAll(/^(?=.)/gm, '    ')}`,
    args: [assets],
    says: /PodTemplate blog .* added share/,
  },
  {
    title: 'a kind with its Pods in an unusual place is named, with the place and the way out',
    manifest: `apiVersion: example.com/v1\nkind: Fleet\nmetadata: {name: blog}\nspec:\n  pod:\n    spec:\n${two.replaceAll(/^(?=.)/gm, '      ')}`,
    args: [assets],
    exit: 2,
    says: /Fleet blog \(standard input:7\) has containers at spec\.pod\.spec\.containers: pass its path with --template-path spec\.pod, or .*annotation/,
  },
  {
    title: 'and shared in when the place is named',
    manifest: `apiVersion: example.com/v1\nkind: Fleet\nmetadata: {name: blog}\nspec:\n  pods:\n    - spec:\n${two.replaceAll(/^(?=.)/gm, '        ')}`,
    args: [assets, '--template-path', 'spec.pods[0]'],
    prints: /- name: bookend-seed/,
  },
  {
    title: 'a place that nobody has is said to be none',
    manifest: deployment(two),
    args: [assets, '--template-path', 'spec.pod'],
    exit: 2,
    says: /no object has a Pod template at spec\.pod/,
  },
  {
    title: 'a Service of Knative gets it, with a warning',
    manifest: workload('apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: blog}', two),
    args: [assets],
    says: /Warning: standard input:\d+: Service blog: .*Knative refuses init containers/,
  },
  {
    title: 'an annotation on the workload is warned of',
    manifest: deployment(two, `{name: blog, annotations: {share.bookend.dev/web: "${assets}"}}`),
    args: ['--from-annotations'],
    says: /Warning: standard input:3: Deployment blog: metadata\.annotations\[share\.bookend\.dev\/web\]: .*move it to spec\.template\.metadata\.annotations/,
    never: /bookend-seed/,
  },
  {
    title: 'so is the label that is written as an annotation',
    manifest: deployment(two).replace(
      'metadata: {labels: {app: x}}',
      'metadata: {annotations: {share.bookend.dev/inject: "true"}}',
    ),
    args: ['--from-annotations'],
    says: /Warning: standard input:7: .*annotations\[share\.bookend\.dev\/inject\]: is an annotation here, and must be a label/,
  },
  {
    title: 'and one on an object that has no Pods',
    manifest: `apiVersion: v1\nkind: Service\nmetadata: {name: blog, annotations: {share.bookend.dev/web: "php:/a"}}\n`,
    args: ['--from-annotations'],
    says: /Warning: standard input:3: Service blog: .*has no Pod template/,
  },
  {
    title: 'a chain is refused, in one command as in two',
    manifest: deployment(two),
    args: ['a = php:/data -> httpd:/data:ro', 'b = httpd:/data -> php:/opt/data:ro'],
    exit: 2,
    says: /'b = httpd:\/data -> php:\/opt\/data:ro' from\.path: .*share a is mounted at \/data/,
  },
  {
    title: '--mode is for the shares that can have it',
    manifest: deployment(two),
    args: ['--mode', 'copy', assets, 'php:/run/php, httpd:/run/php'],
    says: /added share php-run-php \(scratch\), added share php-var-www-html \(copy\)/,
  },
  {
    title: 'and refused where none can',
    manifest: deployment(two),
    args: ['--mode', 'copy', 'php:/run/php, httpd:/run/php'],
    exit: 2,
    says: /--mode copy needs a share with a source/,
  },
  {
    title: 'what is nested too deeply is refused with its line',
    manifest: `${deployment(two)}  deep: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}\n`,
    args: [assets],
    exit: 2,
    says: /standard input:14: maps and lists are nested more than 200 levels deep/,
    never: / {4}at /,
  },
  {
    title: 'a filter that matches nothing says what there is',
    manifest: deployment(two, '{name: blog, labels: {tier: web}}'),
    args: [assets, '--workload', 'statefulset/blog'],
    exit: 2,
    says: /"statefulset\/blog" names no workload; the files have Deployment blog/,
  },
  {
    title: 'and so do labels',
    manifest: deployment(two, '{name: blog, labels: {tier: web}}'),
    args: [assets, '-l', 'app=x'],
    exit: 2,
    says: /no workload has the labels app=x; their own labels: Deployment blog has tier=web/,
  },
  {
    title: 'one of two names that matches nothing is not passed over',
    manifest: deployment(two),
    args: [assets, '--workload', 'deploy/blog', '--workload', 'deploy/blgo'],
    exit: 2,
    says: /"deploy\/blgo" names no workload/,
  },
  {
    title: 'a container that does not exist is said with those that do',
    manifest: deployment(two),
    args: ['php:/srv -> htpd:/srv:ro'],
    exit: 2,
    says: /Deployment blog lacks htpd \(its containers are: php, httpd; did you mean httpd\?\)/,
  },
  {
    title: 'an option with a typing error is said with the one that was meant',
    manifest: deployment(two),
    args: ['php:/a, httpd:/a; sizelimit=1Gi'],
    exit: 2,
    says: /at "sizelimit=1Gi": unknown option sizelimit; did you mean sizeLimit\?/,
  },
  {
    title: 'quotes that the shell took are guessed',
    manifest: deployment(two),
    args: ['php:/var/www/html', '-'],
    exit: 2,
    says: /the share needs single quotes/,
  },
  {
    title: 'the kernel and the token are no directories to share',
    manifest: deployment(two),
    args: ['php:/proc -> httpd:/x:ro'],
    exit: 2,
    says: /\/proc/,
  },
  {
    title: 'a mistake in the Pod is told with its own line',
    manifest: deployment(`${two}volumes:\n  - name: x\n    emptyDir: {}\n  - name: bookend-tools\n    hostPath: {path: /x}\n`),
    args: [assets],
    exit: 2,
    says: /standard input:14: spec\.template\.spec\.volumes: the volume bookend-tools has a name that Bookend reserves/,
  },
];

describe('bookend share with', () => {
  for (const { title, manifest, args, exit = 0, says, prints, never } of cases) {
    test(title, async () => {
      const { exitCode, out, err } = await simulatedTerminal().run(['share', '-f', '-', ...args], {
        input: manifest,
        offline: true,
      });
      assert.equal(exitCode, exit, err);
      if (says) assert.match(err, says);
      if (prints) assert.match(out, prints);
      if (never) assert.doesNotMatch(out + err, never);
      if (exit !== 0) assert.equal(out, '');
      const again = exit === 0 && (await simulatedTerminal().run(['share', '-f', '-', ...args], { input: out, offline: true }));
      if (again) assert.equal(again.out, out, 'a second time nothing changes');
    });
  }

  test('fsGroup gives a copy that its group may write to', async () => {
    const manifest = deployment(`securityContext: {fsGroup: 3000}\n${two}    securityContext: {runAsUser: 33}\n`);
    const run = await simulatedTerminal().run(['share', '-f', '-', 'php:/var/www/html -> httpd:/htdocs'], {
      input: manifest,
      offline: true,
    });
    assert.equal(run.exitCode, 0, run.err);
    const [object] = readYaml(run.out, 'x').map((each) => each.object);
    const copy = listOf(fieldAt(object, 'spec', 'template', 'spec', 'initContainers'))[1];
    assert.equal(fieldAt(copy, 'name'), 'bookend-share-php-var-www-html');
    assert.ok(!listOf(fieldAt(copy, 'command')).includes('--owners=keep'), 'or the group of the image would win');
  });
});

describe('bookend share and back', () => {
  const share = (input: string, ...args: string[]) =>
    simulatedTerminal().run(['share', '-f', '-', ...args], { input, offline: true });

  test('another share at the same place takes the place of the first', async () => {
    const first = await share(deployment(two), 'php:/srv -> httpd:/htdocs:ro');
    const second = await share(first.out, 'php:/opt -> httpd:/htdocs:ro');
    assert.match(second.err, /added share php-opt \(copy\), removed share php-srv \(copy\)/);
    assert.equal(second.out, (await share(deployment(two), 'php:/opt -> httpd:/htdocs:ro')).out);
  });

  test('--list prints what was written, also what only stands in an annotation', async () => {
    const annotated = deployment(two).replace(
      'metadata: {labels: {app: x}}',
      'metadata: {annotations: {share.bookend.dev/tmp: "php:/t, httpd:/t"}}',
    );
    const { out: shared } = await share(annotated, `web = ${assets}; sizeLimit=1Gi`);
    const { out, exitCode } = await share(shared, '--list');
    assert.equal(exitCode, 0);
    assert.equal(
      out,
      `Deployment blog (standard input:1)\n  web = ${assets}; mode=copy; sizeLimit=1Gi\n  tmp = php:/t, httpd:/t   (annotation, not applied here)\n`,
    );
    const document: unknown = JSON.parse((await share(shared, '--list', '-o', 'json')).out);
    const [listed] = listOf(fieldAt(document, 'workloads'));
    assert.deepEqual(
      listOf(fieldAt(listed, 'shares')).map((each) => [fieldAt(each, 'name'), fieldAt(each, 'applied')]),
      [
        ['web', true],
        ['tmp', false],
      ],
    );
    assert.equal((await share(deployment(two), '--list')).out, 'No workload has a share.\n');
  });

  test('--remove gives the file as it was, byte for byte, and leaves other shares', async () => {
    const before = deployment(`# what runs\n${two}`);
    const { out: one } = await share(before, `web = ${assets}`);
    const { out: both } = await share(one, 'tmp = php:/t, httpd:/t');
    const less = await share(both, '--remove', 'tmp');
    assert.equal(less.out, one);
    assert.match(less.err, /Deployment blog \(standard input:1\): removed share tmp \(scratch\)/);
    assert.equal((await share(both, '--remove', 'tmp', '--remove', 'web')).out, before);
  });

  test('--remove takes the annotation too, or it would come back', async () => {
    const annotated = deployment(two).replace(
      'metadata: {labels: {app: x}}',
      'metadata: {labels: {app: x}, annotations: {share.bookend.dev/tmp: "php:/t, httpd:/t", other: x}}',
    );
    const { out: applied } = await share(annotated, '--from-annotations');
    const { out, err } = await share(applied, '--remove', 'tmp');
    assert.equal(out, annotated.replace('share.bookend.dev/tmp: "php:/t, httpd:/t", ', ''));
    assert.match(err, /removed share tmp \(scratch\), removed annotation share\.bookend\.dev\/tmp/);
  });

  test('--remove of what is not there says what is', async () => {
    const { out: one } = await share(deployment(two), `assets = ${assets}`);
    const { exitCode, out, err } = await share(one, '--remove', 'asets');
    assert.deepEqual([exitCode, out], [3, '']);
    assert.match(err, /no workload has a share "asets" \(Deployment blog\); the shares are: assets; did you mean assets\?/);
  });

  test('one after the other', async () => {
    for (const args of [
      ['--list', assets],
      ['--remove', 'x', '--list'],
      ['--remove', 'x', '--from-annotations'],
    ]) {
      const { exitCode, err } = await share(deployment(two), ...args);
      assert.equal(exitCode, 2);
      assert.match(err, /cannot be combined with/);
    }
  });
});
