/**
 * Whether a controller may still update an object. Its permissions can be gone while it runs, if bindings were deleted
 * first.
 */
import { grantsIn, reaching } from '../graph/rules/grants.ts';
import { servingFactsOf } from '../knowledge/serving/serving-facts.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { isHidden } from '../reading/reader.ts';
import type { WhyContext } from './context.ts';

/** Undefined where it cannot be known: roles were not seen, rights come through a group, or the kind is built in. */
export function mayUpdate(workload: KubernetesObject, object: KubernetesObject, context: WhyContext): boolean | undefined {
  const group = groupOf(object.apiVersion);
  if (isBuiltInGroup(group) || seesNotAllRoles(context)) return undefined;
  const kind = context.kinds.find((each) => each.group === group && each.kind === object.kind);
  const template = podTemplateOf(workload);
  if (!kind || !template || bindsGroups(context)) return undefined;
  const { world } = servingFactsOf(context.objects);
  const mine = reaching(grantsIn(world)(group, kind.resource), object).filter(
    (grant) =>
      grant.workload.namespace === workload.metadata.namespace && grant.workload.serviceAccount === template.serviceAccount,
  );
  return mine.some(({ verbs }) => verbs.some((verb) => ['*', 'update', 'patch'].includes(verb)));
}

export function seesNotAllRoles({ notSeen }: Pick<WhyContext, 'notSeen'>): boolean {
  return ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].some((resource) =>
    isHidden(notSeen, `${resource}.rbac.authorization.k8s.io`, undefined),
  );
}

/** Service accounts have groups of their own; a role that is bound to one of these may be anybody's. */
function bindsGroups({ objects }: WhyContext): boolean {
  return objects.some(
    ({ subjects, metadata }) =>
      Array.isArray(subjects) &&
      !metadata.name.startsWith('system:') &&
      subjects.some(
        (subject) => subject?.kind === 'Group' && /^system:(serviceaccounts|authenticated)/.test(String(subject?.name)),
      ),
  );
}
