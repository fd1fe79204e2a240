/**
 * Replaces ClusterOperators among manifests by the objects of their components, as the operator reads them.
 */
import { BookendError } from '../../errors.ts';
import type { Component } from '../../graph/edge.ts';
import { refuseTooLarge } from '../../install/size.ts';
import { describeRef, idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { normalise } from '../../objects/scopes.ts';
import { validateObject } from '../../objects/validate.ts';
import { type ClusterOperatorSpec, clusterOperatorSchema } from '../../resource/cluster-operator.ts';
import { isClusterOperator } from '../delete/reported-teardown.ts';

export type Expanded = { objects: KubernetesObject[]; components: Component[] };

/**
 * @param defaultNamespace for loose objects that name none; a ClusterOperator has its own
 * @throws BookendError `bad-input` with the field of a ClusterOperator that is not as its schema has it
 */
export function expand(manifests: readonly KubernetesObject[], defaultNamespace: string): Expanded {
  const operators = manifests.filter(isClusterOperator);
  const loose = manifests.filter((object) => !isClusterOperator(object));
  const prefixed = operators.length > 1;
  const parts = operators.map((operator) => componentsOf(operator, prefixed ? `${operator.metadata.name}.` : ''));
  return {
    objects: [...normalise(loose, { defaultNamespace }), ...parts.flatMap(({ objects }) => objects)],
    components: parts.flatMap(({ components }) => components),
  };
}

function componentsOf(operator: KubernetesObject, prefix: string): Expanded {
  const spec = specOf(operator);
  const options = spec.namespace === undefined ? {} : { defaultNamespace: spec.namespace };
  const groups = spec.components.map(({ name, dependsOn = [], objects }, index) => {
    objects.forEach((object, at) => void validateObject(object, `spec.components[${index}].objects[${at}]`));
    return { name, dependsOn, objects: normalise(objects as KubernetesObject[], options) };
  });
  refuseTooLarge(
    operator,
    groups.flatMap(({ name, objects }) => objects.map((object) => ({ id: idOf(object), component: name }))),
  );
  return {
    objects: groups.flatMap(({ objects }) => objects),
    components: groups.map(({ name, dependsOn, objects }) => ({
      name: `${prefix}${name}`,
      dependsOn: dependsOn.map((each) => `${prefix}${each}`),
      objects: objects.map(idOf),
    })),
  };
}

function specOf(operator: KubernetesObject): ClusterOperatorSpec {
  const checked = clusterOperatorSchema.safeParse({ spec: operator.spec });
  if (checked.success) {
    // As it was written: the schema knows only the apiVersion and kind of the objects.
    return operator.spec as ClusterOperatorSpec;
  }
  const [issue] = checked.error.issues;
  const field = (issue?.path ?? []).reduce<string>(
    (path, part) => (typeof part === 'number' ? `${path}[${part}]` : path === '' ? String(part) : `${path}.${String(part)}`),
    '',
  );
  throw new BookendError('bad-input', `${field}: ${issue?.message ?? 'not as the schema has it'}`, {
    object: describeRef({ kind: operator.kind, name: operator.metadata.name }),
    field,
  });
}
