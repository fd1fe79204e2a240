import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { makeWorld } from '../../graph/world.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Given, Subject } from '../../reading/subject.ts';
import type { UnplayedFinding } from '../finding.ts';
import type { Left, Play, Refused } from '../play/outcome.ts';
import { helm4 } from '../testing/subjects.ts';
import type { RuleContext } from './rule-context.ts';
import { findingRules, findingsOf } from './rules.ts';
import { prometheusStack, tigeraOperator, victoriaMetricsOperator } from './testing/operators.ts';

const replay = process.env.SEED ? { seed: Number(process.env.SEED) } : {};

/** A play in which everything was asked for, and `left` stays. */
function contextOf(
  objects: readonly KubernetesObject[],
  options: { left?: readonly Left[]; refused?: readonly Refused[]; live?: boolean } = {},
): RuleContext {
  const unique = [...new Map(objects.map((each) => [idOf(each), each])).values()];
  const given = unique.map((object): Given => ({ object }));
  const isHook = ({ object }: Given) => Object(object.metadata.annotations)['helm.sh/hook'] !== undefined;
  const subject: Subject = {
    from: 'release',
    name: 'shop',
    namespace: 'shop',
    objects: given.filter((each) => !isHook(each)),
    hooks: given.filter(isHook),
    crds: [],
    surroundings: { from: options.live ? 'cluster' : 'supposed', objects: options.live ? unique : [], notSeen: [] },
  };
  const ids = subject.objects.map(({ object }) => idOf(object));
  const gone = ids.filter((id) => !options.left?.some((each) => each.id === id));
  const play: Play = {
    scenario: helm4,
    outcome: 'succeeded',
    returnedMs: 10,
    settledMs: 20,
    steps: ids.map((id, at) => ({ at, until: at + 1, what: 'delete', id, answer: 'deleted' })),
    moments: gone.map((id, at) => ({ at, what: 'gone', id, uid: String(at) })),
    pods: ids.slice(0, 3).map((of, at) => ({
      pod: `Pod/shop/p-${at}` as ObjectId,
      uid: `p-${at}`,
      of,
      account: 'shop/default',
      stoppedAt: 100,
      preStop: { containers: ['main'], calls: 'certain', outcome: 'failed', message: '403' },
      lost: [{ at: 1, by: of, what: 'a right' }],
      missed: [],
    })),
    refused: [...(options.refused ?? [])],
    left: [...(options.left ?? [])],
    supposed: [],
    undecided: [],
  };
  return { subject, scenario: helm4, play, world: makeWorld(unique), serving: nobody };
}

const nobody: Serving = { controllersOf: () => [], serversOfFinalizer: () => [] };

/** Anything that a document can hold, with the fields that rules read more often than chance would have it. */
const anything = fc.anything({ maxDepth: 2, withNullPrototype: false });
const fields = [
  'spec',
  'template',
  'containers',
  'volumes',
  'webhooks',
  'rules',
  'subjects',
  'roleRef',
  'data',
  'names',
  'versions',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'labels',
  'conversion',
  'lifecycle',
  'preStop',
  'exec',
  'command',
  'nodeSelector',
  'tolerations',
  'activeDeadlineSeconds',
];
const nested: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    anything,
    fc.array(tie('node'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...fields), tie('node'), { maxKeys: 4 }),
  ),
})).node;
const kinds = [
  ['v1', 'Pod'],
  ['v1', 'ServiceAccount'],
  ['v1', 'Service'],
  ['v1', 'Namespace'],
  ['v1', 'ConfigMap'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['batch/v1', 'Job'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['example.com/v1', 'Widget'],
] as const;
const anyObject: fc.Arbitrary<KubernetesObject> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom('a', 'b', 'c'),
    hook: fc.boolean(),
    body: fc.dictionary(fc.constantFrom(...fields), nested, { maxKeys: 6 }),
    meta: fc.dictionary(fc.constantFrom('annotations', 'finalizers', 'labels', 'ownerReferences', 'managedFields'), nested, {
      maxKeys: 3,
    }),
  })
  .map(({ kind: [apiVersion, kind], name, hook, body, meta }) => ({
    ...body,
    apiVersion,
    kind,
    metadata: { ...meta, ...(hook && { annotations: { 'helm.sh/hook': 'pre-delete' } }), name, namespace: 'shop' },
  }));

describe('all rules together', () => {
  test('never fail, whatever stands in the objects', () => {
    fc.assert(
      fc.property(fc.array(anyObject, { maxLength: 8 }), fc.boolean(), (objects, live) => {
        const left = objects.slice(0, 2).map(
          (each): Left => ({
            object: { kind: each.kind, apiVersion: each.apiVersion, name: each.metadata.name },
            id: idOf(each),
            why: 'stuck',
            because: 'it waits',
          }),
        );
        const [first, second] = objects;
        const refused: Refused[] =
          first && second
            ? [{ at: 1, who: 'helm', verb: 'delete', id: idOf(first), by: idOf(second), message: 'no', overcome: false }]
            : [];
        findingsOf(contextOf(objects, { left, refused, live }));
      }),
      { numRuns: 300, ...replay },
    );
  });

  test('say the same in whatever order the objects come', () => {
    const objects = [...victoriaMetricsOperator(), ...tigeraOperator(), ...prometheusStack()];
    const expected = inWords(findingsOf(contextOf(objects)));
    fc.assert(
      fc.property(fc.shuffledSubarray(objects, { minLength: objects.length }), (shuffled) => {
        // When each was asked for is part of the play, so that stays.
        const context = contextOf(objects);
        const { subject } = context;
        const order = new Map(shuffled.map((each, index) => [each, index]));
        const inOrder = (all: readonly Given[]) =>
          all.toSorted((a, b) => (order.get(a.object) ?? 0) - (order.get(b.object) ?? 0));
        const other = {
          ...context,
          subject: { ...subject, objects: inOrder(subject.objects), hooks: inOrder(subject.hooks) },
          world: makeWorld(shuffled),
        };
        assert.deepEqual(inWords(findingsOf(other)), expected);
      }),
      { numRuns: 30, ...replay },
    );
  });

  test('put errors before warnings before notes', () => {
    const severities = findingsOf(contextOf(victoriaMetricsOperator())).map(({ severity }) => severity);
    const rank = { error: 0, warning: 1, note: 2 };
    assert.deepEqual(
      severities,
      severities.toSorted((a, b) => rank[a] - rank[b]),
    );
  });
});

describe('every rule', () => {
  test('has an id of its own in kebab-case, and words', () => {
    const ids = findingRules.map(({ meta }) => meta.id);
    assert.equal(new Set(ids).size, ids.length);
    for (const {
      meta: { id, name, means },
    } of findingRules) {
      assert.match(id, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(name.length > 3 && means.length > 50, id);
    }
  });
});

function inWords(findings: readonly UnplayedFinding[]): string[] {
  return findings.map((each) => JSON.stringify(each));
}
