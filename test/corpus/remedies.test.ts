/**
 * Every remedy that a rule proposes is played: for the examples of the rules, for well-known charts, as a chart and as
 * a release in a cluster, and for the situations of the corpus. What is printed has to hold, so a rule that proposes
 * what does not is wrong, even if the player keeps it from being printed.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type Judged, verdictsOf } from '../../src/preview/remedies/testing/verdicts.ts';
import { findingRules } from '../../src/preview/rules/rules.ts';
import * as applications from '../../src/preview/rules/testing/applications.ts';
import * as operators from '../../src/preview/rules/testing/operators.ts';
import { chart, helm4, manifests, release } from '../../src/preview/testing/subjects.ts';
import type { Given, Subject } from '../../src/reading/subject.ts';
import { remedyParagraph } from '../../src/remedies/remedy-text.ts';
import { type Tool, tools } from '../../src/uninstall/scenario.ts';
import { programName } from './pieces.ts';
import type { Does, Place, Situation } from './situation.ts';
import { situations } from './situations/all.ts';

const played: Judged[] = [];
const helms: readonly Tool[] = ['helm4', 'helm3'];

async function playAll(subject: Subject, tool: Tool, scenario: Partial<typeof helm4> = {}): Promise<string[]> {
  const judged = await verdictsOf(subject, { ...helm4, ...scenario, tool });
  played.push(...judged);
  return judged.flatMap(({ finding, remedy, verdict }) =>
    verdict.result === 'harms' && !isForThePlayToSay(finding.rule, remedy)
      ? [`${finding.rule}: ${inWords(remedy)} => ${verdict.because}`]
      : [],
  );
}

/**
 * What hooks clean up stands in no field, and what follows once a hook is left out or does something else shows only in
 * the play. No rule can know it, so the player alone keeps these from being printed.
 */
function isForThePlayToSay(rule: string, { steps }: Judged['remedy']): boolean {
  const leavesHooksOut = steps.some((step) => step.do === 'run' && step.argv.includes('--no-hooks'));
  const changesScript = rule === 'hook-deletes-others' && steps.some(({ do: what }) => what === 'change');
  // A hook that fails for another reason is not deleted, whatever its policy.
  const changesPolicy = rule === 'hook-leaks' && steps.some(({ do: what }) => what === 'change');
  return leavesHooksOut || changesScript || changesPolicy;
}

function inWords(remedy: Judged['remedy']): string {
  return remedyParagraph({ ...remedy, played: { result: 'shows' } });
}

describe('every remedy that a rule proposes holds', () => {
  describe('for its examples', () => {
    for (const { meta } of findingRules)
      for (const tool of meta.fails.around === undefined ? tools.filter((each) => each !== 'bookend') : helms)
        test(`${meta.id} with ${tool}`, async () =>
          assert.deepEqual(await playAll(await exampleOf(meta.fails.yaml, meta.fails.around), tool), []));
  });

  describe('for well-known charts', () => {
    const charts = Object.values({ ...operators, ...applications }).filter(({ name }) => !name.endsWith('Crds'));
    for (const each of charts)
      for (const tool of helms)
        test(`${each.name} with ${tool}`, async () => {
          const crds = Object.values(operators).find(({ name }) => name === `${each.name.replace(/Operator|Stack$/, '')}Crds`);
          const subject = subjectOf(each(), crds?.() ?? []);
          assert.deepEqual(await playAll(subject, tool), []);
          assert.deepEqual(await playAll(await release(subject), tool), []);
        });
  });

  describe('for what people have reported', () => {
    for (const situation of situations)
      for (const run of situation.runs)
        test(`${situation.key} with ${run.tool}${run.flags?.join(' ') ?? ''}`, async () => {
          const flags = {
            wait: run.flags?.includes('--wait') ?? false,
            hooks: !run.flags?.includes('--no-hooks'),
            ...(run.timeoutSeconds !== undefined && { timeoutMs: run.timeoutSeconds * 1_000 }),
          };
          assert.deepEqual(await playAll(await liveOf(situation), run.tool, flags), []);
        });
  });

  test('and what cannot be played is known, and no more than one in ten', () => {
    const unplayed = played.filter(({ verdict }) => verdict.result === 'not-played');
    const kinds = unplayed.map(({ finding, verdict }) => `${finding.rule}: ${'because' in verdict ? verdict.because : ''}`);
    assert.deepEqual([...new Set(kinds)].sort(), [
      'hook-deletes-others: script-of-the-hook',
      'hook-hides-refusal: script-of-the-hook',
      'hook-image: outside-of-the-cluster',
      'hook-without-account: person-decides',
      'left-behind: person-decides',
      'outside-left: outside-of-the-cluster',
    ]);
    if (process.env.SHOW) console.log(`${unplayed.length} of ${played.length} are not played`);
    assert.ok(unplayed.length * 10 <= played.length, `${unplayed.length} of ${played.length}`);
  });
});

/** As a chart; as a release in a live cluster where the example says what is around. */
async function exampleOf(yaml: string, around: string | undefined): Promise<Subject> {
  const documents = yaml.split(/^---\n/m);
  const crds = documents.filter((text) => text.includes('/crds/')).join('---\n');
  const subject = chart(documents.filter((text) => !text.includes('/crds/')).join('---\n'), crds === '' ? {} : { crds });
  if (around === undefined) return subject;
  return await release(subject, async ({ cluster }) => {
    for (const { object } of manifests(around)) await cluster.create(object);
  });
}

function subjectOf(objects: readonly KubernetesObject[], crds: readonly KubernetesObject[], namespace = 'shop'): Subject {
  const given = (object: KubernetesObject): Given => ({ object, origin: { file: 'chart.yaml', line: 1 } });
  const isHook = ({ metadata }: KubernetesObject) => metadata.annotations?.['helm.sh/hook'] !== undefined;
  return {
    from: 'chart',
    name: namespace,
    namespace,
    objects: objects.filter((each) => !isHook(each)).map(given),
    hooks: objects.filter(isHook).map(given),
    crds: crds.map(given),
    surroundings: { from: 'supposed', objects: [], notSeen: [] },
  };
}

/** The situation in a cluster, with what its operator would have made and held by then. */
async function liveOf({ chart: templates, crds, before, after, does }: Situation): Promise<Subject> {
  const place: Place = { name: 'shop', namespace: 'shop', elsewhere: 'annex', group: 'shop.corpus.bookend.dev' };
  const subject = subjectOf(templates(place), crds?.(place) ?? []);
  const made = does?.(place) ?? {};
  // What is judged by a webhook is made once it answers.
  const isLate = ({ object }: Given) =>
    /WebhookConfiguration$/.test(object.kind) || object.apiVersion.includes('corpus.bookend.dev');
  const late = subject.objects.filter(isLate).map(({ object }) => object);
  const early = { ...subject, objects: subject.objects.filter((given) => !isLate(given)) };
  const live = await release(early, async ({ cluster, settle }) => {
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: place.elsewhere } });
    const create = async (object: KubernetesObject) => {
      if (!early.objects.some((given) => idOf(given.object) === idOf(object))) await cluster.create(object);
    };
    const program = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: programName, namespace: place.namespace } };
    for (const object of [program, ...(before?.(place) ?? [])]) {
      await create(object);
      if (object.kind === 'CustomResourceDefinition') await settle(1_000);
    }
    await settle(3_000);
    for (const object of [...late, ...(after?.(place) ?? [])]) await create(held(object, made));
    for (const object of made.makes ?? []) await create(object);
  });
  return { ...live, objects: subject.objects };
}

function held(object: KubernetesObject, { serves = [] }: Does): KubernetesObject {
  const { finalizer } = serves.find(({ apiVersion }) => apiVersion === object.apiVersion) ?? {};
  if (finalizer === undefined) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), finalizer] } };
}
