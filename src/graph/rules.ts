/**
 * All rules, in one list: what Bookend knows about who needs whom. The documentation's table of rules is made from it.
 */
import type { EdgeRule } from './edge.ts';
import { admissionPolicy } from './rules/admission-policy.ts';
import { autoscaler } from './rules/autoscaler.ts';
import { priorityClass, priorityLevel, runtimeClass } from './rules/classes.ts';
import { controller } from './rules/controller.ts';
import { aggregatedResource, customResource } from './rules/custom-resource.ts';
import { dependsOn } from './rules/depends-on.ts';
import { device } from './rules/device.ts';
import { disruptionBudget } from './rules/disruption-budget.ts';
import { environment } from './rules/environment.ts';
import { imagePullSecret } from './rules/image-pull-secret.ts';
import { namespace } from './rules/namespace.ts';
import { networkPolicy } from './rules/network-policy.ts';
import { owned, owner } from './rules/owner.ts';
import { reference } from './rules/reference.ts';
import { role, roleAggregation } from './rules/role.ts';
import { roleBinding } from './rules/role-binding.ts';
import { service } from './rules/service.ts';
import { serviceAccount } from './rules/service-account.ts';
import { apiService, conversionWebhook, ingress, webhook } from './rules/service-backend.ts';
import { storage } from './rules/storage.ts';
import { tokenSecret } from './rules/token-secret.ts';
import { volume } from './rules/volume.ts';

export const rules: readonly EdgeRule[] = [
  serviceAccount,
  roleBinding,
  role,
  roleAggregation,
  volume,
  environment,
  imagePullSecret,
  tokenSecret,
  storage,
  priorityClass,
  runtimeClass,
  priorityLevel,
  device,
  service,
  networkPolicy,
  webhook,
  conversionWebhook,
  apiService,
  ingress,
  autoscaler,
  disruptionBudget,
  admissionPolicy,
  customResource,
  aggregatedResource,
  controller,
  owner,
  owned,
  reference,
  dependsOn,
  namespace,
];

/** The rule of this name, for its `why`. */
export function ruleNamed(name: string): EdgeRule | undefined {
  return rules.find((rule) => rule.name === name);
}
