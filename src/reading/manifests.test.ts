import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf } from '../objects/identity.ts';
import { readYaml } from '../objects/yaml.ts';
import { subjectOfChart, templateArguments } from './chart.ts';
import { subjectOf } from './manifests.ts';
import type { Given } from './subject.ts';

const options = { from: 'files' as const, name: 'all.yaml', namespace: 'shop' };
const read = (text: string) => subjectOf(readYaml(text, 'all.yaml'), options);
const ids = (given: readonly Given[]) => given.map(({ object }) => idOf(object));

const crd = (scope: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: ${scope}, names: {kind: Widget, plural: widgets}, versions: [{name: v1, served: true}]}
`;

describe('manifests as a subject', () => {
  test('hooks stand apart, and what Helm takes from crds/ too, also from that of a subchart', () => {
    const { subject } = read(`# Source: agent/crds/widgets.yaml
---
${crd('Cluster')}---
# Source: agent/charts/base/crds/gadgets.yaml
${crd('Cluster').replaceAll('widgets', 'gadgets').replaceAll('Widget', 'Gadget')}---
# Source: agent/templates/crds/things.yaml
${crd('Cluster').replaceAll('widgets', 'things').replaceAll('Widget', 'Thing')}---
# Source: agent/templates/job.yaml
apiVersion: batch/v1
kind: Job
metadata: {name: clean, annotations: {helm.sh/hook: "pre-delete"}}
---
# Source: agent/templates/account.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: agent}
`);
    const at = 'CustomResourceDefinition.apiextensions.k8s.io';
    assert.deepEqual(ids(subject.crds), [`${at}/widgets.example.com`, `${at}/gadgets.example.com`]);
    assert.deepEqual(ids(subject.hooks), ['Job.batch/shop/clean']);
    assert.deepEqual(ids(subject.objects), [`${at}/things.example.com`, 'ServiceAccount/shop/agent']);
    assert.deepEqual(subject.objects[1]?.origin, { file: 'all.yaml', line: 26, source: 'agent/templates/account.yaml' });
  });

  test('namespaces are put right by what is built in and by the definitions in the set; items of Lists are single objects', () => {
    const { subject, notes } = read(`${crd('Namespaced')}---
apiVersion: v1
kind: List
metadata: {name: a-chart-may-name-it}
items:
  - {apiVersion: example.com/v1, kind: Widget, metadata: {name: a}}
  - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: all, namespace: wrong}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: there, namespace: elsewhere}
`);
    assert.deepEqual(ids(subject.objects).slice(1), [
      'Widget.example.com/shop/a',
      'ClusterRole.rbac.authorization.k8s.io/all',
      'ConfigMap/elsewhere/there',
    ]);
    assert.equal(subject.objects[1]?.origin?.line, 6);
    assert.deepEqual(notes, []);
  });

  test('what stands in a List is no hook for Helm, which reads annotations of whole documents', () => {
    const list = `apiVersion: v1
kind: List
items:
  - {apiVersion: batch/v1, kind: Job, metadata: {name: clean, annotations: {helm.sh/hook: pre-delete}}}
`;
    const rendered = read(`# Source: agent/templates/list.yaml\n${list}`).subject;
    assert.deepEqual([ids(rendered.objects), ids(rendered.hooks)], [['Job.batch/shop/clean'], []]);
    assert.deepEqual(ids(read(list).subject.hooks), ['Job.batch/shop/clean']);
  });

  test('a name that YAML reads as something else is no name, and says so', () => {
    const { subject } = read('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n}\n');
    assert.deepEqual(subject.surroundings.notSeen, [
      'ConfigMap, all.yaml:1: metadata.name is false, and no text: put the name in quotes',
    ]);
  });

  test('what has no name of its own is left out, and is not seen', () => {
    const { subject, unnamed } = read(
      'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: clean-, annotations: {helm.sh/hook: pre-delete}}\n',
    );
    assert.deepEqual([...subject.objects, ...subject.hooks], []);
    assert.equal(unnamed.length, 1);
    assert.deepEqual(subject.surroundings.notSeen, [
      'Job without metadata.name, all.yaml:1: nobody knows its name in the cluster',
    ]);
  });

  test('of two of one name the last counts, and both places are told', () => {
    const one = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: ${value}}\n`;
    const { subject, notes } = read(`${one('first')}---\n${one('second')}`);
    assert.deepEqual(
      subject.objects.map(({ object }) => object.data),
      [{ value: 'second' }],
    );
    assert.deepEqual(notes, ['ConfigMap shop/a is given twice, all.yaml:1 and all.yaml:6: the last one counts']);
  });

  test('a kind that nobody defines keeps what was written, and is told once', () => {
    const one = (name: string) => `apiVersion: other.example/v1\nkind: Thing\nmetadata: {name: ${name}}\n`;
    const { subject, notes } = read(`${one('a')}---\n${one('b')}`);
    assert.deepEqual(ids(subject.objects), ['Thing.other.example/a', 'Thing.other.example/b']);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? '', /^Thing\.other\.example is defined neither here nor by Kubernetes/);
    const scoped = subjectOf(readYaml(one('a'), 'x'), { ...options, scope: () => 'Namespaced' });
    assert.deepEqual(ids(scoped.subject.objects), ['Thing.other.example/shop/a']);
    assert.deepEqual(scoped.notes, []);
  });

  test('of Secrets only the keys are kept', () => {
    const { subject } = read(
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\ndata: {key: c2VjcmV0}\n',
    );
    assert.deepEqual(subject.objects[0]?.object.data, { key: '' });
    assert.ok(!JSON.stringify(subject).includes('hunter2'));
  });

  test('without a cluster everything else is only supposed', () => {
    assert.deepEqual(read(crd('Cluster')).subject.surroundings, { from: 'supposed', objects: [], notSeen: [] });
  });
});

describe('a chart as a subject', () => {
  const request = { chart: './agent', release: 'agent', namespace: 'shop', flags: ['--set', 'a=b'] };

  test('is asked for with its definitions and the flags of the person', () => {
    assert.deepEqual(
      templateArguments(request).join(' '),
      'template agent ./agent --namespace shop --include-crds --api-versions apiregistration.k8s.io/v1 --api-versions apiregistration.k8s.io/v1/APIService --set a=b',
    );
  });

  test('that renders nothing is an error', () => {
    assert.throws(() => subjectOfChart('---\n# nothing\n', request), /chart \.\/agent renders no objects/);
  });
});
