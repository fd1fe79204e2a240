/** The Pods behind a Service that the API server calls for a webhook, a conversion or an API service. */
import { fieldAt, listOf, mapOf, textMapOf, textOf } from '../objects/fields.ts';
import { describeRef, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { controllerOf } from '../objects/owners.ts';
import { isHidden } from '../reading/reader.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { isPod } from '../teardown/kinds.ts';
import type { Proof } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { controllerState, runs } from './controllers.ts';

export type Backend = {
  /** unknown: it is called by a URL, its endpoints are hand-made, or its namespace may not be looked into. */
  state: 'runs' | 'dead' | 'unknown';
  /** What is wrong, as the second half of a sentence. */
  says: string;
  evidence: Proof[];
  remedies: ProposedRemedy[];
};

const unknown: Backend = { state: 'unknown', says: '', evidence: [], remedies: [] };

/** @param reference `clientConfig.service` of a webhook, `spec.service` of an APIService */
export function backendOf(reference: unknown, context: WhyContext): Backend {
  const name = textOf(fieldAt(reference, 'name'));
  const namespace = textOf(fieldAt(reference, 'namespace'));
  if (name === undefined || namespace === undefined) return unknown;
  // A list that was refused says nothing of what is there.
  if (['pods', 'services'].some((resource) => isHidden(context.notSeen, resource, namespace))) return unknown;
  const what = `Service ${namespace}/${name}`;
  const service = context.world.byId(makeId('', 'Service', namespace, name));
  if (!service) return { state: 'dead', says: `its ${what} does not exist`, evidence: [], remedies: [] };
  if (namespace === context.leaving) {
    const says = 'goes with the namespace, whose Pods are deleted before everything else';
    return {
      state: 'dead',
      says: `its ${what} ${says}`,
      evidence: [{ object: what, field: 'metadata.namespace', says }],
      remedies: [],
    };
  }
  const selector = textMapOf(fieldAt(service, 'spec', 'selector'));
  if (Object.keys(selector).length === 0) return unknown;
  const behind = context.world.workloadsWithLabels(namespace, selector).map(({ object }) => object);
  const pods = behind.filter(isPod);
  if (pods.some(runs)) return { state: 'runs', says: '', evidence: [], remedies: [] };
  const text = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const evidence = [{ object: what, field: 'spec.selector', value: text, says: 'selects no Pod that is ready' }];
  const [workload] = behind.filter((object) => !isPod(object) && !controllerOf(object));
  const controller = workload && controllerState(context.world.idOf(workload), context);
  const says = `no Pod behind its ${what} is ready${controller?.trouble ? `: ${controller.name} ${controller.trouble}` : ''}`;
  return { state: 'dead', says, evidence: [...evidence, ...(controller?.evidence ?? [])], remedies: controller?.remedies ?? [] };
}

/** The conversion webhook of a definition, where one is ever called: with a single version none is. */
export function conversionOf(definition: KubernetesObject): unknown {
  const spec = mapOf(definition.spec);
  if (fieldAt(spec, 'conversion', 'strategy') !== 'Webhook' || listOf(spec.versions).length < 2) return undefined;
  return fieldAt(spec, 'conversion', 'webhook', 'clientConfig', 'service');
}

export function nameOf(object: KubernetesObject): string {
  return describeRef(refOf(object));
}
