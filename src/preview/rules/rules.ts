/** All rules of a preview, in the order in which findings of one severity are shown, and what they find together. */
import { type ObjectId, parseId } from '../../objects/identity.ts';
import type { FoundObject, Severity, UnplayedFinding } from '../finding.ts';
import type { Play } from '../play/outcome.ts';
import * as apiServiceBlocks from './api-service-blocks.ts';
import * as childrenLeft from './children-left.ts';
import * as comesBack from './comes-back.ts';
import * as conversionBackendGone from './conversion-backend-gone.ts';
import * as crdsStay from './crds-stay.ts';
import * as customResourcesUnserved from './custom-resources-unserved.ts';
import * as customResourcesWiped from './custom-resources-wiped.ts';
import * as finalizerUnserved from './finalizer-unserved.ts';
import { findInTurn } from './hiding.ts';
import * as hookBreaksRetry from './hook-breaks-retry.ts';
import * as hookDeadline from './hook-deadline.ts';
import * as hookDeletesOthers from './hook-deletes-others.ts';
import * as hookDoesNotWait from './hook-does-not-wait.ts';
import * as hookFails from './hook-fails.ts';
import * as hookGuards from './hook-guards.ts';
import * as hookHidesRefusal from './hook-hides-refusal.ts';
import * as hookImage from './hook-image.ts';
import * as hookLacksRights from './hook-lacks-rights.ts';
import * as hookLeaks from './hook-leaks.ts';
import * as hookNeverRuns from './hook-never-runs.ts';
import * as hookUnschedulable from './hook-unschedulable.ts';
import * as hookWithoutAccount from './hook-without-account.ts';
import * as kept from './kept.ts';
import * as kindNotServed from './kind-not-served.ts';
import { labelledAs } from './labelled-as.ts';
import * as leftBehind from './left-behind.ts';
import * as namespaceHangs from './namespace-hangs.ts';
import * as namespaceTakesOthers from './namespace-takes-others.ts';
import * as operatorBeforeCustomResources from './operator-before-custom-resources.ts';
import * as outsideLeft from './outside-left.ts';
import * as permissionsBeforePods from './permissions-before-pods.ts';
import * as preStopOutlastsGrace from './pre-stop-outlasts-grace.ts';
import type { Found, Rule } from './rule.ts';
import type { RuleContext } from './rule-context.ts';
import { compare, type RuleInput, ruleInputOf } from './rule-input.ts';
import * as sharedWithOthers from './shared-with-others.ts';
import * as storageDriverGoes from './storage-driver-goes.ts';
import * as storageLeft from './storage-left.ts';
import * as webhookBlocks from './webhook-blocks.ts';
import * as webhookMadeAtRunTime from './webhook-made-at-run-time.ts';

export const findingRules: readonly Rule[] = [
  hookWithoutAccount,
  hookLacksRights,
  hookUnschedulable,
  hookDeadline,
  hookFails,
  hookGuards,
  hookImage,
  hookDeletesOthers,
  hookHidesRefusal,
  hookDoesNotWait,
  hookBreaksRetry,
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
  customResourcesUnserved,
  customResourcesWiped,
  sharedWithOthers,
  storageDriverGoes,
  namespaceTakesOthers,
  preStopOutlastsGrace,
  comesBack,
  childrenLeft,
  namespaceHangs,
  storageLeft,
  outsideLeft,
  kept,
  crdsStay,
  leftBehind,
];

/**
 * Everything that is to be said of a play: errors first, each cause once. The same context always gives the same
 * findings.
 */
export function findingsOf(context: RuleContext): UnplayedFinding[] {
  const input = ruleInputOf(context);
  const found = findInTurn(findingRules, input);
  return inOrder(found.flatMap(({ rule, found: those }) => those.map((each) => findingOf(each, rule, input))));
}

/** Errors, warnings, notes; of one severity as the rules stand. */
export function inOrder<T extends Pick<UnplayedFinding, 'rule' | 'severity' | 'title'>>(findings: readonly T[]): T[] {
  const place = new Map(findingRules.map(({ meta }, index) => [meta.id, index]));
  return findings.toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      (place.get(a.rule) ?? 0) - (place.get(b.rule) ?? 0) ||
      compare(a.title, b.title),
  );
}

const severities: readonly Severity[] = ['error', 'warning', 'note'];

function findingOf(found: Found, rule: Rule, input: RuleInput): UnplayedFinding {
  const { objects, bookend: _, explains: __, ...rest } = found;
  return {
    rule: rule.meta.id,
    ...rest,
    objects: objects.map((id) => described(id, input)),
    bookend: throughBookend(found, input),
    scenario: input.scenario.tool,
  };
}

function described(id: ObjectId, { world, left, given }: RuleInput): FoundObject {
  const { group, kind, namespace, name } = parseId(id);
  const object = world.byId(id);
  const apiVersion = object?.apiVersion ?? left.get(id)?.object.apiVersion ?? (group === '' ? 'v1' : group);
  const labelled = given.has(id) || object === undefined ? undefined : labelledAs(object);
  return {
    kind,
    apiVersion,
    ...(namespace !== undefined && { namespace }),
    name,
    ...(labelled !== undefined && { labelled }),
  };
}

/**
 * What the rule knows, or else what became of the same objects in the other play. Without one nothing is said, not even
 * by the rule.
 */
function throughBookend({ objects, bookend: known }: Found, { scenario, bookend }: RuleInput): UnplayedFinding['bookend'] {
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
