/**
 * Resource names of kinds for rules: of Kubernetes, of definitions in the input, and of a real cluster.
 */
import type { KindInfo } from '../cluster/port.ts';
import { builtInKinds } from '../cluster/simulated/api/built-in-kinds.ts';
import { kindsOf } from '../cluster/simulated/api/custom-resources.ts';
import type { Stored } from '../cluster/simulated/api/store.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isBuiltInGroup, isCrd } from '../objects/scopes.ts';
import type { ResourceLookup } from './rights-of.ts';

/**
 * @param objects definitions among them count
 * @param served what a real cluster serves; empty: no cluster was asked, and all of a plain Kubernetes counts
 */
export function lookupOf(objects: readonly KubernetesObject[], served: readonly KindInfo[]): ResourceLookup {
  const defined = objects.filter(isCrd).flatMap((crd) => kindsOf(crd as Stored));
  const known = [...builtInKinds, ...defined, ...served];
  const byKind = new Map(known.map((info) => [`${info.apiVersion} ${info.kind}`, info]));
  const isServed = new Set(served.map(({ group, kind }) => `${group} ${kind}`));
  return (apiVersion, kind) => {
    const info = byKind.get(`${apiVersion} ${kind}`);
    if (info === undefined || served.length === 0 || !isBuiltInGroup(info.group)) return info;
    return isServed.has(`${info.group} ${info.kind}`) ? info : undefined;
  };
}
