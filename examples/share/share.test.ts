/**
 * The examples of sharing: that each way of writing one gives the same Pods, and that these see what the hand-written
 * ones see.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { simulatedTerminal } from '../../src/cli/testing/simulated-terminal.ts';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { podTemplateOf } from '../../src/objects/pod-template.ts';
import { readYaml } from '../../src/objects/yaml.ts';
import { clusterOperatorSchema } from '../../src/resource/cluster-operator.ts';
import { sharesInAnnotations } from '../../src/share/annotations.ts';
import { parseShare, printShare } from '../../src/share/notation.ts';

for (const example of ['empty', 'filled', 'plugins', 'secret-below']) {
  describe(`examples/share/${example}`, () => {
    const file = (name: string) => join(import.meta.dirname, example, name);
    const objectIn = (text: string) => readYaml(text, example)[0]?.object ?? assert.fail('there is an object');
    const read = (name: string) => objectIn(readFileSync(file(name), 'utf8'));
    const share = async (...args: string[]) => {
      const { exitCode, out, err } = await simulatedTerminal().run(['share', ...args], { offline: true });
      assert.equal(exitCode, 0, err);
      return objectIn(out);
    };
    const annotated = read('deployment.yaml');
    const { shares } = sharesInAnnotations(templateOf(annotated).annotations);

    test('the ClusterOperator is valid, has the same share, and installs the same workload', () => {
      const operator = read('clusteroperator.yaml');
      assert.deepEqual(clusterOperatorSchema.parse(operator).spec.components[0]?.share, shares);
      assert.deepEqual(templateOf(workloadIn(operator)).spec, templateOf(annotated).spec);
    });

    test('the command line gives the same Pod from the annotation, from the line, and within the ClusterOperator', async () => {
      const { spec } = templateOf(await share('-f', file('deployment.yaml'), '--from-annotations'));
      const lines = shares.map((each) => printShare(each));
      assert.deepEqual(templateOf(await share('-f', file('deployment.yaml'), ...lines)).spec, spec);
      const operator = await share('-f', file('clusteroperator.yaml'), ...lines);
      assert.deepEqual(templateOf(workloadIn(operator)).spec, spec);
    });

    test('the containers see their directories where the hand-written ones do', async () => {
      const byHand = read('by-hand.yaml');
      const { spec } = templateOf(await share('-f', file('deployment.yaml'), '--from-annotations'));
      assert.deepEqual(seenBy(spec), seenBy(templateOf(byHand).spec));
      assert.deepEqual(withoutMounts(spec), withoutMounts(templateOf(byHand).spec));
    });
  });
}

describe('examples/share', () => {
  const path = (...names: string[]) => join(import.meta.dirname, ...names);
  const run = (...args: string[]) => simulatedTerminal().run(['share', ...args], { offline: true });
  const line = 'assets = app:/srv/www -> nginx:/usr/share/nginx/html:ro';
  const valueIn = (...names: string[]): unknown => parse(readFileSync(path(...names), 'utf8'));
  const patches = async () => {
    const { exitCode, out, err } = await run('-f', path('kustomize', 'deployment.yaml'), '-o', 'patch', line);
    assert.equal(exitCode, 0, err);
    return fieldAt(parse(out), 'patches');
  };

  test('rollout: the shares of its annotations go into a Rollout', async () => {
    const { exitCode, out, err } = await run('-f', path('rollout', 'rollout.yaml'), '--from-annotations');
    assert.equal(exitCode, 0, err);
    assert.match(err, /Rollout shop .* added share assets \(copy\)/);
    const spec = fieldAt(readYaml(out, 'rollout')[0]?.object, 'spec', 'template', 'spec');
    assert.deepEqual(seenBy(spec), [['nginx', '/usr/share/nginx/html', true]]);
  });

  test('kustomize: its patches are those that -o patch prints', async () => {
    assert.deepEqual(fieldAt(valueIn('kustomize', 'kustomization.yaml'), 'patches'), await patches());
  });

  test('flux: the HelmRelease has the same', async () => {
    const [renderer] = listOf(fieldAt(valueIn('flux', 'helmrelease.yaml'), 'spec', 'postRenderers'));
    assert.deepEqual(fieldAt(renderer, 'kustomize', 'patches'), await patches());
  });
});

test('the page about sharing writes shares that can be read', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/share.md'), 'utf8');
  const lines = page.match(/(\w+ = )?\w+:\/[\w/]+(:ro)?(( ->|,) \w+:\/[\w/]+(:ro)?)+/g) ?? [];
  assert.ok(lines.length >= 7, lines.join('\n'));
  for (const line of lines) parseShare(line);
});

function templateOf(object: KubernetesObject | undefined) {
  return (object && podTemplateOf(object)) ?? assert.fail('it has a Pod template');
}

function workloadIn(operator: KubernetesObject): KubernetesObject | undefined {
  const [component] = listOf(fieldAt(operator, 'spec', 'components'));
  const objects = listOf(fieldAt(component, 'objects')) as readonly KubernetesObject[];
  return objects.find(({ kind }) => kind === 'Deployment');
}

/** Container, path, and whether it only reads. */
function seenBy(spec: unknown): unknown[] {
  return listOf(fieldAt(spec, 'containers')).flatMap((container) =>
    listOf(fieldAt(container, 'volumeMounts')).map((mount) => [
      fieldAt(container, 'name'),
      fieldAt(mount, 'mountPath'),
      fieldAt(mount, 'readOnly') ?? false,
    ]),
  );
}

function withoutMounts(spec: unknown): unknown[] {
  return listOf(fieldAt(spec, 'containers')).map((container) => ({ ...(container as object), volumeMounts: [] }));
}
