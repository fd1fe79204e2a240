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
 * In the order in which they are played. Those with definitions come after all others: while definitions come and go, the real garbage collector stands still
 * for up to half a minute.
 */
export const groups: Record<string, () => Placed[]> = {
  'rights and tokens': () => place(rights, 100),
  deletion: () => place(deleting, 200),
  'garbage collection': () => place(collecting, 300),
  workloads: () => place(workloads, 400),
  namespaces: () => place(namespaces, 500),
  admission: () => place(admission, 600),
  'custom resources': () => place(customResources, 700),
  'aggregated APIs': () => place(apis, 800),
};

function place(scenarios: Scenario[], first: number): Placed[] {
  return scenarios.map((scenario, index) => {
    const namespace = namespaceOf(scenario, first + index);
    return { namespace, scenario: placed(scenario, namespace) };
  });
}
