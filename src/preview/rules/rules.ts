/** All rules of a preview, from the more to the less specific, and what they find together. */
import { type ObjectId, parseId } from '../../objects/identity.ts';
import type { Finding, Severity } from '../finding.ts';
import type { Play } from '../play/outcome.ts';
import { apiServiceBlocks } from './api-service-blocks.ts';
import { childrenLeft } from './children-left.ts';
import { comesBack } from './comes-back.ts';
import { conversionBackendGone } from './conversion-backend-gone.ts';
import { crdsStay } from './crds-stay.ts';
import { customResourcesWiped } from './custom-resources-wiped.ts';
import { finalizerUnserved } from './finalizer-unserved.ts';
import { hookRetry } from './hook-breaks-retry.ts';
import { hookDeadline } from './hook-deadline.ts';
import { hookDeletesOthers } from './hook-deletes-others.ts';
import { hookDoesNotWait } from './hook-does-not-wait.ts';
import { hookFails } from './hook-fails.ts';
import { hookHidesRefusal } from './hook-hides-refusal.ts';
import { hookImage } from './hook-image.ts';
import { hookRights } from './hook-lacks-rights.ts';
import { hookLeaks } from './hook-leaks.ts';
import { hookNeverRuns } from './hook-never-runs.ts';
import { hookScheduling } from './hook-unschedulable.ts';
import { hookAccount } from './hook-without-account.ts';
import { kept } from './kept.ts';
import { kindNotServed } from './kind-not-served.ts';
import { leftBehind } from './left-behind.ts';
import { namespaceHangs } from './namespace-hangs.ts';
import { namespaceTakesOthers } from './namespace-takes-others.ts';
import { operatorBeforeCustomResources } from './operator-before-custom-resources.ts';
import { permissionsBeforePods } from './permissions-before-pods.ts';
import { preStopOutlastsGrace } from './pre-stop-outlasts-grace.ts';
import type { Found, Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';
import { compare, type RuleInput, ruleInputOf } from './rule-input.ts';
import { sharedWithOthers } from './shared-with-others.ts';
import { storageDriverGoes } from './storage-driver-goes.ts';
import { storageLeft } from './storage-left.ts';
import { webhookBlocks } from './webhook-blocks.ts';
import { webhookMadeAtRunTime } from './webhook-made-at-run-time.ts';

export const findingRules: readonly Rule[] = [
  hookAccount,
  hookRights,
  hookScheduling,
  hookDeadline,
  hookFails,
  hookImage,
  hookDeletesOthers,
  hookHidesRefusal,
  hookDoesNotWait,
  hookRetry,
  kindNotServed,
  permissionsBeforePods,
  webhookBlocks,
  webhookMadeAtRunTime,
  apiServiceBlocks,
  conversionBackendGone,
  hookLeaks,
  hookNeverRuns,
  operatorBeforeCustomResources,
  finalizerUnserved,
  customResourcesWiped,
  sharedWithOthers,
  storageDriverGoes,
  namespaceTakesOthers,
  preStopOutlastsGrace,
  comesBack,
  childrenLeft,
  namespaceHangs,
  storageLeft,
  kept,
  crdsStay,
  leftBehind,
];

/**
 * Everything that is to be said of a play: errors first, each cause once. The same context always gives the same
 * findings.
 */
export function findingsOf(context: RuleContext): Finding[] {
  const input = ruleInputOf(context);
  const told = new Set<string>();
  const findings: Finding[] = [];
  for (const rule of findingRules) {
    const found = rule.find(input, told);
    for (const each of found) for (const end of each.tells ?? []) told.add(end);
    findings.push(...found.map((each) => findingOf(each, rule, input)));
  }
  return inOrder(findings);
}

/** Errors, warnings, notes; of one severity as the rules stand. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const place = new Map(findingRules.map(({ id }, index) => [id, index]));
  return findings.toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      (place.get(a.rule) ?? 0) - (place.get(b.rule) ?? 0) ||
      compare(a.title, b.title),
  );
}

const severities: readonly Severity[] = ['error', 'warning', 'note'];

function findingOf(found: Found, rule: Rule, input: RuleInput): Finding {
  const { objects, bookend: _, tells: __, ...rest } = found;
  return {
    rule: rule.id,
    ...rest,
    objects: objects.map((id) => described(id, input)),
    bookend: throughBookend(found, input),
    scenario: input.scenario.tool,
  };
}

function described(id: ObjectId, { world, left }: RuleInput): Finding['objects'][number] {
  const { group, kind, namespace, name } = parseId(id);
  const apiVersion = world.byId(id)?.apiVersion ?? left.get(id)?.object.apiVersion ?? (group === '' ? 'v1' : group);
  return { kind, apiVersion, ...(namespace !== undefined && { namespace }), name };
}

/**
 * What the rule knows, or else what became of the same objects in the other play. Without one nothing is said, not even
 * by the rule.
 */
function throughBookend({ objects, bookend: known }: Found, { scenario, bookend }: RuleInput): Finding['bookend'] {
  if (scenario.tool === 'bookend') return 'same';
  if (bookend === undefined) return 'not-played';
  if (known !== undefined) return known;
  if (!objects.some((id) => harmed(id, bookend))) return 'prevented';
  return bookend.outcome === 'succeeded' ? 'same' : 'reported';
}

function harmed(id: ObjectId, play: Play): boolean {
  return (
    play.left.some((left) => left.id === id) ||
    play.refused.some((refused) => !refused.overcome && (refused.id === id || refused.by === id)) ||
    play.pods.some((pod) => (pod.of === id || pod.pod === id) && pod.preStop?.outcome === 'failed')
  );
}
