/**
 * A situation as it is before its uninstall: its places, what was there before, its release, what people made since.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { idOf, type ObjectId } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { HelmVersion, Lab } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { freshNamespace } from '../e2e/support.ts';
import { writeChart, writeManifests } from './chart.ts';
import { clean } from './clean.ts';
import { collectable, probePrefix } from './collectable.ts';
import { object, operatorName, programName } from './pieces.ts';
import { belongs, existing } from './reality.ts';
import type { Place, Situation } from './situation.ts';

export const prefix = 'corpus-';
/** That everything of the corpus carries in its name or group. */
export const groupSuffix = 'corpus.bookend.dev';

/** @param run in kebab-case: what tells this run of the situation from others */
export function placeNamed({ key }: Pick<Situation, 'key'>, run: string): Place {
  const name = `${prefix}${key}-${run}`;
  return { name, namespace: name, elsewhere: `${name}-elsewhere`, group: `${name.slice(prefix.length)}.${groupSuffix}` };
}

/** Runs it in a place that is empty before and after, whatever it leaves. */
export async function inPlace<T>({ cluster }: Lab, place: Place, run: () => Promise<T>): Promise<T> {
  const empty = () => clean(cluster, place.name, (id) => belongs(id, place));
  await empty();
  try {
    return await run();
  } finally {
    await empty();
  }
}

export type Source = { chart: string; manifests: string };

export type SetUp = {
  source: Source;
  /** What the chart's templates make. */
  objects: readonly KubernetesObject[];
};

export type SetUpSteps = {
  install(source: Source): Promise<void>;
  /** Called when everything is there that the situation has before its release. */
  beforeInstall(): Promise<void>;
};

export async function setUp(lab: Lab, situation: Situation, place: Place, steps: SetUpSteps): Promise<SetUp> {
  const { cluster } = lab;
  const { chart, crds = () => [], before = () => [], after = () => [], does = () => ({}), untilThere = () => [] } = situation;
  for (const namespace of [place.namespace, place.elsewhere])
    await makeNamespace(lab, namespace, JSON.stringify({ writesAs: operatorName(place), ...does(place) }));
  await put(lab, before(place));
  await steps.beforeInstall();

  const objects = chart(place);
  const source = { chart: writeChart(place.name, objects, crds(place)), manifests: writeManifests(objects) };
  await steps.install(source);
  await put(lab, after(place));
  await until(`the operator of ${place.name} to have made ${untilThere(place).join(', ')}`, async () => {
    const ids = await existing(cluster, place);
    return untilThere(place).every((id) => ids.has(id as ObjectId));
  });
  const kind = situation.collected?.(place);
  if (kind) {
    await collectable(cluster, kind, place.namespace);
    // The operator has served the probes as well.
    await clean(cluster, 'the probes', (id) => belongs(id, place) && id.includes(probePrefix));
  }
  return { source, objects };
}

async function makeNamespace(lab: Lab, name: string, does: string): Promise<void> {
  await freshNamespace(lab, name);
  const program = readFileSync(join(import.meta.dirname, 'stand-in', 'operator.mjs'), 'utf8');
  const data = { 'operator.mjs': program, 'does.json': does };
  await put(lab, [object('v1', 'ConfigMap', name, programName, { data })]);
}

async function put({ cluster }: Lab, objects: readonly KubernetesObject[]): Promise<void> {
  for (const each of objects) {
    let last: unknown;
    await until(
      `${idOf(each)} to be accepted`,
      async () => {
        try {
          return await cluster.apply(each, { fieldManager: 'corpus', force: true });
        } catch (error) {
          // Its definition, or the webhook in front of it, was installed a moment ago.
          last = error;
          return undefined;
        }
      },
      30_000,
    ).catch((error) => Promise.reject(new Error(String(error), { cause: last })));
  }
}

export async function installRelease(lab: Lab, helm: HelmVersion, { name, namespace }: Place, { chart }: Source): Promise<void> {
  // A webhook of the chart's own may judge what the chart installs, and is not there yet: GitOps tools try again.
  const args = ['upgrade', '--install', name, chart, '-n', namespace, '--wait', '--timeout', '90s'];
  for (let tries = 0; tries < 3; tries++) {
    const { code } = await lab.attempt(helm, args);
    if (code === 0) return;
  }
  await lab.run(helm, args);
}
