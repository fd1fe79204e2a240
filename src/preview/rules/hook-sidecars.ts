/**
 * Sidecars that keep the Pod of a hook alive: a Job is complete when all containers of its Pod have ended, and a proxy
 * that somebody injects does not end by itself, unless it is a native sidecar (an init container that restarts).
 */
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import type { ChangeStep } from '../../remedies/remedy.ts';
import type { HookRun } from './hook-runs.ts';
import { change } from './remedy-steps.ts';
import type { RuleInput } from './rule-input.ts';

/** The labels and annotations that ask for a sidecar, with what they say then. */
const injections: readonly (readonly [key: string, value: RegExp])[] = [
  ['sidecar.istio.io/inject', /^true$/],
  ['linkerd.io/inject', /^(enabled|ingress)$/],
  ['consul.hashicorp.com/connect-inject', /^true$/],
  ['kuma.io/sidecar-injection', /^(enabled|true)$/],
  ['dapr.io/enabled', /^true$/],
  ['vault.hashicorp.com/agent-inject', /^true$/],
];

/** What says that a sidecar joins the hook's Pod; empty where nothing does. */
export function sidecarEvidence({ hook: { id, object } }: HookRun, input: RuleInput): FindingEvidence[] {
  const path = object.kind === 'Pod' ? 'metadata' : 'spec.template.metadata';
  const metadata = fieldAt(object, ...path.split('.'));
  const writtenAs = (key: string) =>
    (['annotations', 'labels'] as const).flatMap((place) => {
      const value = textOf(fieldAt(metadata, place, key));
      return value === undefined ? [] : [{ place, value }];
    });
  if (writtenAs('vault.hashicorp.com/agent-pre-populate-only').some(({ value }) => value === 'true')) return [];
  return injections.flatMap(([key, asks]) =>
    writtenAs(key).flatMap(({ place, value }) =>
      asks.test(value) ? [input.evidence(id, 'asks for a sidecar', `${path}.${place}[${key}]`, value)] : [],
    ),
  );
}

/** The hook without what asks for a sidecar. */
export function withoutSidecars({ id, object }: HookRun['hook']): ChangeStep {
  const path = object.kind === 'Pod' ? ['metadata'] : ['spec', 'template', 'metadata'];
  const asked = (['annotations', 'labels'] as const).flatMap((place) =>
    injections.flatMap(([key]) =>
      fieldAt(object, ...path, place, key) === undefined ? [] : [{ path: [...path, place, key], value: undefined }],
    ),
  );
  return change(id, ...asked);
}
