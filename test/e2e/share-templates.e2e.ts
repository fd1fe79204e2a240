/**
 * One function behind three doors: the ClusterOperator, the webhook and the command line give the same template to
 * the byte, as the API server stores it. And whatever template the API server accepts it accepts with shares too,
 * with nothing changed that no share names.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { isCode } from '../../src/errors.ts';
import { fieldAt, listOf, mapOf } from '../../src/objects/fields.ts';
import { imageVolumesAnnotation } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { podTemplateOf } from '../../src/objects/pod-template.ts';
import { annotationsOfShares, injectLabel } from '../../src/share/annotations.ts';
import { applyShares } from '../../src/share/apply.ts';
import { isOurs } from '../../src/share/command.ts';
import { parseShare } from '../../src/share/notation.ts';
import { placesIn, type Share, type ShareSettings } from '../../src/share/share.ts';
import { shareAmong } from '../../src/share/workloads.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator } from './objects.ts';
import { type Sample, samples } from './share/arbitrary.ts';
import { restrict } from './share/namespaces.ts';
import { settings } from './share/pods.ts';
import { podOfTemplate, type TemplateCase, templateCases, workloadsOf } from './share/templates.ts';
import { freshNamespace, put, useTestBed } from './support.ts';

/** How many templates are tried; each takes four requests. */
const tries = 60;

describe('A Pod template with shares', () => {
  const bed = useTestBed('share-templates');
  const strict = 'e2e-share-strict';
  const create = (object: KubernetesObject, namespace = bed.namespace) =>
    bed.cluster.create({ ...object, metadata: { ...object.metadata, namespace } }, { dryRun: true });
  const specOf = (object: KubernetesObject) => podTemplateOf(object)?.spec ?? assert.fail(`${object.kind} has no template`);

  const untilApplied = ({ apiVersion, kind, metadata: { name } }: KubernetesObject) =>
    until(`${kind} ${name} of the ClusterOperator`, () => bed.cluster.get({ apiVersion, kind, namespace: bed.namespace, name }));
  const install = (each: TemplateCase) => put(bed, operatorOf(each, bed.namespace));
  before(() => Promise.all(templateCases.map(install)));

  for (const each of templateCases) {
    test(`"${each.name}" is the same from the ClusterOperator, the webhook and the function, for every kind of workload`, async () => {
      await install(each);
      const shares = each.shares.map((line) => parseShare(line));
      const candidates = workloadsOf(each).map((object) => ({ object, place: '' }));
      const applied = new Map<string, KubernetesObject>();
      for (const { object } of candidates) applied.set(object.kind, await untilApplied(object));
      // Where it depends on the nodes, the workload says what was known of them; one that could run nowhere knows
      // nothing.
      const known = ({ object: { kind } }: { object: KubernetesObject }): ShareSettings => {
        const isUsed = /^used /.test(applied.get(kind)?.metadata.annotations?.[imageVolumesAnnotation] ?? '');
        return isUsed ? { ...settings, imageVolumes: { known: true } } : settings;
      };
      const made = shareAmong(candidates, shares, known, placesIn('share', '').share);
      for (const object of made) {
        const { kind, metadata } = object;
        const stored = await create({ ...object, metadata: { name: `${metadata.name}-function` } });
        same(specOf(applied.get(kind) ?? object), specOf(stored), `${kind}: ClusterOperator and function`);
      }
      const [deployment = assert.fail()] = made;
      const [unshared = assert.fail()] = workloadsOf(each);
      const pod = podOfTemplate('same', podTemplate(deployment));
      const labelled = podOfTemplate('same', podTemplate(unshared));
      labelled.metadata.labels = { ...labelled.metadata.labels, [injectLabel]: 'true' };
      labelled.metadata.annotations = annotationsOfShares(shares);
      same((await create(labelled)).spec, (await create(pod)).spec, 'Pod: webhook and function');
    });
  }

  for (const kind of ['any', 'restricted'] as const) {
    test(`${kind === 'any' ? 'that the API server accepts' : '*restricted*, with resources,'} is accepted with shares, and no other container changes`, async () => {
      await freshNamespace(bed.lab, strict);
      await restrict({ cluster: bed.cluster, namespace: strict });
      const namespaces = kind === 'any' ? [bed.namespace] : [bed.namespace, strict];
      let shared = 0;
      const property = fc.asyncProperty(samples(kind === 'restricted'), async (sample) => {
        const pod = withShares(sample);
        if (!pod) return;
        shared += 1;
        for (const namespace of namespaces) {
          const before = await create(podOfTemplate('sample', { spec: sample.spec }), namespace);
          const after = await create(pod, namespace);
          onlyNamedDiffer(before, after, sample.shares);
        }
      });
      const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
      console.log(`${tries} templates (${kind}), SEED=${seed}`);
      await fc.assert(property, { numRuns: tries, seed, interruptAfterTimeLimit: 120_000 });
      assert.ok(shared > tries / 2, `only ${shared} of ${tries} could have their shares`);
    });
  }
});

function operatorOf({ name, spec, shares }: TemplateCase, namespace: string): KubernetesObject {
  const written = clusterOperator(`e2e-${name}`, namespace, [{ name: 'all', objects: workloadsOf({ name, spec }) }]);
  const share = shares.map((line) => parseShare(line));
  return { ...written, spec: { ...written.spec, components: written.spec.components.map((each) => ({ ...each, share })) } };
}

function podTemplate(object: KubernetesObject): unknown {
  return fieldAt(object, 'spec', 'template');
}

/** To the byte, and with a readable difference where not. */
function same(one: unknown, other: unknown, what: string): void {
  assert.deepEqual(one, other, what);
  assert.equal(JSON.stringify(one), JSON.stringify(other), `${what}, in the order of fields and entries`);
}

/** Undefined where shares cannot be: what is refused, and why, has tests of its own. */
function withShares({ spec, shares, imageVolumes }: Sample): KubernetesObject | undefined {
  const known = imageVolumes ? ({ known: true } as const) : settings.imageVolumes;
  try {
    return podOfTemplate('sample', applyShares({ spec }, shares, { ...settings, imageVolumes: known }));
  } catch (error) {
    if (isCode(error, 'bad-input')) return undefined;
    throw error;
  }
}

function onlyNamedDiffer(before: KubernetesObject, after: KubernetesObject, shares: readonly Share[]): void {
  const named = new Set(
    shares.flatMap(({ from, to }) => [
      ...(from && 'container' in from ? [from.container] : []),
      ...to.map(({ container }) => container),
    ]),
  );
  const parts = ({ spec }: KubernetesObject) => {
    const { containers, initContainers, volumes, ...rest } = mapOf(spec);
    const users = listOf(initContainers).filter((each) => !isOurs(each));
    return { containers: listOf(containers), users, volumes: listOf(volumes), rest };
  };
  const [one, other] = [parts(before), parts(after)];
  assert.deepEqual(other.rest, one.rest, 'no other field of the Pod differs');
  const own = other.volumes.filter((volume) => !String(fieldAt(volume, 'name')).startsWith('bookend-'));
  assert.deepEqual(withoutToken(own), withoutToken(one.volumes), 'its own volumes are there, in their order');
  for (const list of ['containers', 'users'] as const) {
    assert.equal(other[list].length, one[list].length);
    one[list].forEach((container, index) => {
      const changed = other[list][index];
      const mounts = (each: unknown) => withoutToken(listOf(fieldAt(each, 'volumeMounts')));
      assert.deepEqual({ ...mapOf(changed), volumeMounts: [] }, { ...mapOf(container), volumeMounts: [] });
      const isNamed = named.has(String(fieldAt(container, 'name')));
      const kept = mounts(changed).filter((mount) => !isNamed || !String(fieldAt(mount, 'name')).startsWith('bookend-'));
      assert.deepEqual(kept, mounts(container), 'its own mounts are there, in their order');
    });
  }
}

/** The API server names this volume by chance. */
function withoutToken(list: readonly unknown[]): unknown[] {
  return list.filter((each) => !String(fieldAt(each, 'name')).startsWith('kube-api-access-'));
}
