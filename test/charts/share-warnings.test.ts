/**
 * The policy that warns whoever writes a workload whose shares will not be there: on a real API server, with the words
 * that kubectl shows. No operator runs here.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { parseShare } from '../../src/share/notation.ts';
import { optionNames } from '../../src/share/options.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator } from '../e2e/objects.ts';
import { useTestBed } from '../e2e/support.ts';
import { mutated } from '../fuzz/mutations.ts';
import { lines } from '../fuzz/seeds.ts';
import { at, theOnly, useCharts } from './helm.ts';

const inject = 'share.bookend.dev/inject';
const www = 'share.bookend.dev/www';
const line = 'app:/srv/www -> web:/html:ro';
const injected = { [inject]: 'true' };
const inTemplate = 'spec.template.metadata';

describe('Who writes a workload with shares', () => {
  const bed = useTestBed('share-warnings', { bookend: ['replicas=0'] });

  /** What kubectl shows, without the part that names the policy. */
  async function warnings(object: object, ...flags: string[]): Promise<string[]> {
    const args = ['create', '--dry-run=server', '-f', '-', ...flags];
    const { code, stderr } = await bed.lab.attempt('kubectl', args, { input: JSON.stringify(object) });
    assert.equal(code, 0, `it is refused: ${stderr}`);
    const shown = stderr.split('\n').filter((each) => each.startsWith('Warning: '));
    return shown.map((each) => each.replace(/^Warning: .*with binding 'bookend-share-warnings': /, ''));
  }
  const inNamespace = (object: KubernetesObject, namespace = bed.namespace) => ({
    ...object,
    metadata: { ...object.metadata, namespace },
  });

  // The API server takes a new policy up within a second or two.
  before(() =>
    until(
      'the policy to be in force',
      async () => (await warnings(inNamespace(workload('Deployment', { annotations: { [www]: line } })))).length > 0,
    ),
  );

  for (const kind of [
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'ReplicaSet',
    'ReplicationController',
    'Job',
    'CronJob',
  ] as const) {
    const place = `${kind === 'CronJob' ? 'spec.jobTemplate.' : ''}spec.template.metadata`;

    test(`is told that annotation and label belong to the Pod template of a ${kind}`, async () => {
      const misplaced = workload(kind, { annotations: { [www]: line }, labels: injected });
      assert.deepEqual(await warnings(inNamespace(misplaced)), [
        `${kind} shop: annotation ${www} has no effect in metadata.annotations: move it to ${place}.annotations`,
        `${kind} shop: label ${inject} has no effect in metadata.labels: move it to ${place}.labels`,
      ]);
    });

    test(`is told nothing where a ${kind} is right, with or without shares`, async () => {
      const right = { annotations: { [www]: line, 'other.example/a': 'b' }, labels: injected };
      assert.deepEqual(await warnings(inNamespace(workload(kind, {}, right))), []);
      assert.deepEqual(await warnings(inNamespace(workload(kind, right, right))), [], 'twice does no harm');
      assert.deepEqual(await warnings(inNamespace(workload(kind, { annotations: { 'other.example/a': 'b' } }))), []);
    });
  }

  const mistakes: [what: string, own: Marks, template: Marks, says: string[]][] = [
    [
      'the label is written as an annotation of the Pod template',
      {},
      { annotations: { [www]: line, ...injected } },
      [
        `${inject} is an annotation and must be a label: remove the annotation and write ${inject}: "true" in ${inTemplate}.labels`,
      ],
    ],
    [
      'the label is written as an annotation of the workload',
      { annotations: injected },
      { annotations: { [www]: line } },
      [
        `${inject} is an annotation and must be a label: remove the annotation and write ${inject}: "true" in ${inTemplate}.labels`,
      ],
    ],
    [
      'the label stands on the workload only',
      { labels: injected },
      { annotations: { [www]: line } },
      [`label ${inject} has no effect in metadata.labels: move it to ${inTemplate}.labels`],
    ],
    [
      'there is no label',
      {},
      { annotations: { [www]: line } },
      [`annotation ${www} has no effect without the label ${inject}: "true": add it to ${inTemplate}.labels`],
    ],
    [
      'the label has another value',
      {},
      { annotations: { [www]: line }, labels: { [inject]: 'yes' } },
      [`annotation ${www} has no effect without the label ${inject}: "true": the label in ${inTemplate}.labels is "yes"`],
    ],
    ['the label is off', {}, { annotations: { [www]: line }, labels: { [inject]: 'false' } }, []],
    [
      'there is no share',
      {},
      { labels: injected },
      [
        `label ${inject} asks for shares, and ${inTemplate}.annotations has none: its Pods will be refused. ` +
          'Add an annotation such as share.bookend.dev/web: "app:/cache, worker:/cache", or remove the label',
      ],
    ],
    [
      'an annotation names a container that does not exist',
      {},
      { annotations: { [www]: 'app:/srv/www -> nginx:/html:ro, web:/w; mode=copy' }, labels: injected },
      [`annotation ${www} names the container nginx, which is not in the Pod template (it has first, app, web)`],
    ],
    [
      'an annotation is no share',
      {},
      { annotations: { [www]: 'app:/srv/www => web:/html' }, labels: injected },
      [
        `annotation ${www} is not a share: write it as in app:/srv/www -> web:/html:ro, ` +
          'or for an empty directory as in app:/cache, worker:/cache',
      ],
    ],
    [
      'an option is mistyped',
      {},
      { annotations: { [www]: `${line}; mode=copy; sizelimit=1Mi` }, labels: injected },
      [
        `annotation ${www} has no option sizelimit: ` +
          'write one of mode, type, medium, sizeLimit, owners, chown, chmod, resources, onConflict',
      ],
    ],
    [
      'a share has a name that no volume may have',
      {},
      { annotations: { 'share.bookend.dev/My.Site': line }, labels: injected },
      [
        'annotation share.bookend.dev/My.Site: the name of a share is at most 49 lower-case letters, digits and dashes: ' +
          'rename it, or its Pods will be refused',
      ],
    ],
    [
      'an image is the source, and a path stands in quotes',
      {},
      {
        annotations: {
          'share.bookend.dev/a': 'image(registry.example.com:5000/assets:1):/dist -> app:/plugins:ro; chmod=u=rwX,go=rX',
          'share.bookend.dev/b': 'app:"/srv/x, other:/y" -> web:/b',
          'share.bookend.dev/c': ' first : /c ,\n web:/c ',
        },
        labels: injected,
      },
      [],
    ],
  ];
  for (const [what, own, template, says] of mistakes) {
    test(`is ${says.length > 0 ? 'told' : 'told nothing'} when ${what}`, async () => {
      const expected = says.map((each) => `Deployment shop: ${each}`);
      assert.deepEqual(await warnings(inNamespace(workload('Deployment', own, template))), expected);
    });
  }

  test('is told of several mistakes of one sort in one warning, and how many more there are', async () => {
    const annotations = Object.fromEntries(['d', 'b', 'a', 'c', 'e'].map((name) => [`share.bookend.dev/${name}`, line]));
    const [warning, ...others] = await warnings(inNamespace(workload('Deployment', { annotations })));
    assert.deepEqual(others, []);
    const [first, second, third, ...more] = (warning ?? '').split('; ');
    for (const [name, text] of Object.entries({ a: first, b: second, c: third }))
      assert.match(text ?? '', new RegExp(`annotation share\\.bookend\\.dev/${name} has no effect`));
    assert.deepEqual([more, /\(and 2 more\)$/.test(third ?? '')], [[], true]);
  });

  test('is told nothing of annotations whose shares the command line has put into the template', async () => {
    const deployment = workload(
      'Deployment',
      {},
      { annotations: { [www]: line } },
      { volumes: [{ name: 'bookend-share-www', emptyDir: {} }] },
    );
    assert.deepEqual(await warnings(inNamespace(deployment)), []);
  });

  test('is told of a Pod that the webhook will never see, and of a namespace where it changes none', async () => {
    const spec = {
      containers: [
        { name: 'app', image: 'app' },
        { name: 'web', image: 'web' },
      ],
    };
    const pod = (marks: Marks, namespace = bed.namespace) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'one', namespace, ...marks },
      spec,
    });
    assert.deepEqual(await warnings(pod({ annotations: { [www]: line, ...injected } })), [
      `Pod one: ${inject} is an annotation and must be a label: remove the annotation and write ${inject}: "true" in metadata.labels`,
    ]);
    assert.deepEqual(await warnings(pod({ annotations: { [www]: line } })), [
      `Pod one: annotation ${www} has no effect without the label ${inject}: "true": add it to metadata.labels`,
    ]);
    assert.deepEqual(await warnings(pod({ annotations: { [www]: line }, labels: injected }, 'kube-public')), [
      `Pod one: label ${inject} has no effect in namespace kube-public: the webhook leaves its Pods alone. ` +
        'Use another namespace, or put the shares into the template with bookend share',
    ]);
  });

  test('is told of the same in the objects of a ClusterOperator', async () => {
    const objects = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', annotations: { [www]: line } } },
      workload('Deployment', { annotations: { [www]: line } }),
      workload('CronJob', {}, { annotations: { [www]: line } }),
    ];
    const operator = clusterOperator('e2e-warned', bed.namespace, [
      { name: 'one', objects: objects.slice(0, 2) },
      { name: 'two', objects: objects.slice(2) },
    ]);
    assert.deepEqual(await warnings(operator), [
      `Deployment shop: annotation ${www} has no effect in metadata.annotations: move it to ${inTemplate}.annotations`,
      `CronJob shop: annotation ${www} has no effect without the label ${inject}: "true": add it to spec.jobTemplate.${inTemplate}.labels`,
    ]);
  });

  test('is never refused, whatever stands in the annotations', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`share.bookend.dev/s${at}`, 'x'.repeat(500)]));
    const found = (await warnings(inNamespace(workload('Deployment', {}, { annotations: many, labels: injected })))).join();
    assert.match(found, /has 60 annotations/);
    const others = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`other.example/a${at}`, '']));
    const hidden = { annotations: { ...others, [www]: line }, labels: injected };
    assert.deepEqual(await warnings(inNamespace(workload('Deployment', {}, hidden))), [], 'so many are not read');
    const long = { [www]: `app:/a${', app:/a'.repeat(30_000)}` };
    assert.deepEqual(await warnings(inNamespace(workload('Deployment', {}, { annotations: long, labels: injected }))), []);
  });

  test('is told nothing that controllers, which read no warnings, would be told again and again', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop', uid: '0', controller: true };
    const made = workload('ReplicaSet', { annotations: { [www]: line } });
    const owned = { ...made, metadata: { ...made.metadata, ownerReferences: [owner] } };
    assert.deepEqual(await warnings(inNamespace(owned)), []);
    const controller = ['--as', 'system:serviceaccount:kube-system:deployment-controller', '--as-group', 'system:masters'];
    assert.deepEqual(await warnings(inNamespace(made), ...controller), []);
  });
});

describe('The notation that the policy knows', () => {
  const charts = useCharts();

  test('has every line that can be a share', async () => {
    const policy = theOnly(await charts.render('charts/bookend'), 'ValidatingAdmissionPolicy', 'try-bookend-share-warnings');
    const variables = at(policy, 'spec.variables') as { name: string; expression: string }[];
    const { expression = '' } = variables.find(({ name }) => name === 'wellFormed') ?? {};
    const [, pattern = assert.fail('it has no pattern')] = /line\.matches\(r'(.*?)'\)/.exec(expression) ?? [];
    const known = RE2JS.compile(pattern);
    const mistyped = variables.find(({ name }) => name === 'mistyped')?.expression ?? '';
    const options = /option in \[(.*?)\]/
      .exec(mistyped)?.[1]
      ?.split(',')
      .map((each) => each.replaceAll("'", ''));
    assert.deepEqual(options, optionNames);
    let read = 0;
    fc.assert(
      fc.property(mutated(lines), (text) => {
        if (!canBeRead(text)) return;
        read += 1;
        const stripped = text.replaceAll(/[ \t\n\r]/g, '');
        assert.ok(known.test(stripped) || !/^[ -~]*$/.test(stripped), `${JSON.stringify(text)} is not known`);
      }),
      { numRuns: 5_000 },
    );
    assert.ok(read > 500, `only ${read} lines are shares`);
  });
});

type Marks = { annotations?: Record<string, string>; labels?: Record<string, string> };

/** Relative paths are read, and refused afterwards. */
function canBeRead(text: string): boolean {
  try {
    const { from, to } = parseShare(text, 'x');
    return [from, ...to].every((place) => place === undefined || place.path.startsWith('/'));
  } catch {
    return false;
  }
}

type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet' | 'ReplicationController' | 'Job' | 'CronJob';

function workload(kind: Kind, own: Marks, inTheTemplate: Marks = {}, more: object = {}): KubernetesObject {
  const isJob = kind === 'Job' || kind === 'CronJob';
  const labels = { app: 'shop' };
  const spec = {
    initContainers: [{ name: 'first', image: 'registry.example/first' }],
    containers: [
      { name: 'app', image: 'registry.example/app' },
      { name: 'web', image: 'registry.example/web' },
    ],
    ...(isJob && { restartPolicy: 'Never' }),
    ...more,
  };
  const template = { metadata: { ...inTheTemplate, labels: { ...labels, ...inTheTemplate.labels } }, spec };
  const selector = kind === 'ReplicationController' ? labels : { matchLabels: labels };
  const bodies = {
    CronJob: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } },
    Job: { suspend: true, template },
    StatefulSet: { serviceName: 'shop', replicas: 0, selector, template },
    DaemonSet: { selector, template },
  };
  return {
    apiVersion: kind === 'ReplicationController' ? 'v1' : isJob ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'shop', ...own },
    spec: kind in bodies ? bodies[kind as keyof typeof bodies] : { replicas: 0, selector, template },
  };
}
