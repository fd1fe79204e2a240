/**
 * The lists and watches of a teardown of built-in objects are known before it is known which of the objects live: they
 * begin together. A custom resource may have made anything; what is read then depends on what is found. In a large
 * teardown they would not be noticed, and would hold much.
 */
import { type EarlyReads, readEarly } from '../cluster/early-reads.ts';
import type { Cluster } from '../cluster/port.ts';
import { idOfRef } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import { isCrd, isCustomResource } from './kinds.ts';
import { builtInReach } from './reach.ts';
import { surveyQueries } from './survey.ts';
import { familyQueries, stepQueries } from './watches.ts';

/** From so many objects on nothing is read early. */
const large = 100;

/**
 * Begins to read what a teardown of these objects will.
 * @param refs every object that may be in the plan
 * @param clusterOperator the name in the label that they carry
 */
export function lookEarly(cluster: Cluster, refs: readonly ObjectRef[], clusterOperator: string): EarlyReads {
  if (refs.length >= large || refs.some((ref) => isCustomResource(ref) || isCrd(ref))) return { cluster, close: () => undefined };
  const reach = builtInReach(refs);
  const steps = refs.map((ref) => ({ id: idOfRef(ref), ref, mode: 'delete' as const, component: '', after: [] }));
  return readEarly(cluster, surveyQueries(reach), [...stepQueries({ steps }, clusterOperator), ...familyQueries(reach)]);
}
