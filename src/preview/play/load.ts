/**
 * Objects of manifests into the simulated cluster, as they would be there: without admission, since a chart that is
 * looked at was installable once, but not what no API server would take.
 */
import { asCreated, withDefaults } from '../../cluster/simulated/api/defaults.ts';
import type { Kind } from '../../cluster/simulated/api/kind.ts';
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { validate } from '../../cluster/simulated/api/validation.ts';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { BookendError } from '../../errors.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeRef } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd } from '../../objects/scopes.ts';

export type Loader = {
  load(objects: readonly KubernetesObject[]): void;
  /** What was left out, with the API server's reason. */
  refused: string[];
};

export function loaderFor({ adopt, server }: SimulatedCluster): Loader {
  const refused: string[] = [];
  return {
    refused,
    load: (objects) => {
      const taken = objects.filter((object) => {
        const why = faultOf(server.kinds.find(object.apiVersion, object.kind), object);
        if (why !== undefined)
          refused.push(
            `${describeRef({ kind: object.kind, ...object.metadata })} is left out: the API server would not take it: ${why}`,
          );
        return why === undefined;
      });
      adopt(taken);
    },
  };
}

/**
 * Why an object of a manifest cannot be in any cluster. What a simulated controller reads must have the shape that it
 * relies on.
 */
function faultOf(kind: Kind | undefined, object: KubernetesObject): string | undefined {
  if (!object.metadata.name) return 'metadata.name: Required value: name or generateName is required';
  if (isCrd(object)) {
    const names = fieldAt(object.spec, 'names');
    if (textOf(fieldAt(names, 'plural')) === undefined || textOf(fieldAt(names, 'kind')) === undefined)
      return 'spec.names: Required value';
    if (listOf(fieldAt(object.spec, 'versions')).length === 0) return 'spec.versions: Required value';
  }
  // A kind of a definition that is loaded with it has no rules of its own.
  if (kind === undefined || object.metadata.uid !== undefined) return undefined;
  const known = judged.get(object);
  if (known?.kind === kind) return known.fault;
  const fault = faultIn(kind, object);
  judged.set(object, { kind, fault });
  return fault;
}

/** Objects of manifests stay as they are, and each play of a preview loads them again. */
const judged = new WeakMap<KubernetesObject, { kind: Kind; fault: string | undefined }>();

function faultIn(kind: Kind, object: KubernetesObject): string | undefined {
  try {
    validate(kind, asCreated(kind, withDefaults(kind, object as Stored)), undefined);
    return undefined;
  } catch (error) {
    if (error instanceof BookendError) return error.message;
    throw error;
  }
}
