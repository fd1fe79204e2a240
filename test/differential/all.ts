/** Every scenario, numbered: the number is part of its namespace's name, so that two never share one. */

import { namespaceOf, placed, type Scenario } from './scenario.ts';
import { admission } from './scenarios/admission.ts';
import { apis } from './scenarios/apis.ts';
import { collecting } from './scenarios/collecting.ts';
import { customResources } from './scenarios/custom-resources.ts';
import { deleting } from './scenarios/deleting.ts';
import { namespaces } from './scenarios/namespaces.ts';
import { rights } from './scenarios/rights.ts';
import { workloads } from './scenarios/workloads.ts';

export type Placed = { namespace: string; scenario: Scenario };

/**
 * In the order in which they are played, those of one round side by side. Those with definitions come after all others:
 * while definitions come and go, the real garbage collector stands still for up to half a minute. What touches every
 * namespace is played alone.
 */
export const rounds: Record<string, () => Placed[]> = {
  'built-in kinds': () => [
    ...place(rights, 100),
    ...place(deleting, 200),
    ...place(collecting, 300),
    ...place(workloads, 400),
    ...place(namespaces, 500),
    ...place(admission, 600),
  ],
  'custom resources': () => place(customResources, 700),
  'aggregated APIs': () => place(apis, 800),
};

function place(scenarios: Scenario[], first: number): Placed[] {
  return scenarios.map((scenario, index) => {
    const namespace = namespaceOf(scenario, first + index);
    return { namespace, scenario: placed(scenario, namespace) };
  });
}
