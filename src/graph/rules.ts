/** All rules, in one list: what Bookend knows about who needs whom. The documentation's table of rules is made from it. */
import type { EdgeRule } from './edge.ts';
import { priorityClass, runtimeClass } from './rules/classes.ts';
import { aggregatedResource, customResource } from './rules/custom-resource.ts';
import { environment } from './rules/environment.ts';
import { imagePullSecret } from './rules/image-pull-secret.ts';
import { namespace } from './rules/namespace.ts';
import { role, roleAggregation } from './rules/role.ts';
import { roleBinding } from './rules/role-binding.ts';
import { serviceAccount } from './rules/service-account.ts';
import { volume } from './rules/volume.ts';

export const rules: readonly EdgeRule[] = [
  serviceAccount,
  roleBinding,
  role,
  roleAggregation,
  volume,
  environment,
  imagePullSecret,
  priorityClass,
  runtimeClass,
  customResource,
  aggregatedResource,
  namespace,
];
