/**
 * An admission policy binding without its policy does nothing, without its parameters it refuses everything
 * (`parameterNotFoundAction: Deny`); a policy whose `paramKind` is a custom resource fails once that kind's
 * CustomResourceDefinition is gone.
 */
import { fieldAt, isMap, textMapOf, textOf } from '../../objects/fields.ts';
import { groupOf, makeId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { selects } from '../../objects/selectors.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';

const group = 'admissionregistration.k8s.io';
const kinds = ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy'];

export const admissionPolicy: EdgeRule = {
  name: 'admission-policy',
  why: 'An admission policy without its parameters, or without their kind, rejects every request that it matches.',
  find: (world) =>
    kinds.flatMap((kind) => [
      ...world.ofKind(group, `${kind}Binding`).flatMap((binding) => bindingEdges(binding, kind, world)),
      ...world.ofKind(group, kind).flatMap((policy) => paramKindEdges(policy, world)),
    ]),
};

function bindingEdges(binding: KubernetesObject, kind: string, world: World): Edge[] {
  const from = world.idOf(binding);
  const policyName = textOf(fieldAt(binding, 'spec', 'policyName'));
  if (policyName === undefined) return [];
  const to = makeId(group, kind, undefined, policyName);
  const named = { object: from, field: 'spec.policyName', value: policyName };
  const paramKind = fieldAt(world.byId(to), 'spec', 'paramKind');
  const value = textOf(fieldAt(binding, 'spec', 'paramRef', 'name'));
  const parameterKind = textOf(fieldAt(paramKind, 'kind'));
  const edge = { from, to, rule: 'admission-policy', evidence: [named] };
  const namespace = textOf(fieldAt(binding, 'spec', 'paramRef', 'namespace'));
  if (parameterKind === undefined) return [edge];
  const parameterGroup = groupOf(textOf(fieldAt(paramKind, 'apiVersion')) ?? '');
  if (value === undefined) {
    const selector = fieldAt(binding, 'spec', 'paramRef', 'selector');
    const all = isMap(selector) ? world.ofKind(parameterGroup, parameterKind) : [];
    const selected = all.filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) && selects(selector, textMapOf(metadata.labels)),
    );
    const evidence = [{ object: from, field: 'spec.paramRef.selector' }];
    return [edge, ...selected.map((parameter) => ({ ...edge, to: world.idOf(parameter), evidence }))];
  }
  const parameter = makeId(parameterGroup, parameterKind, namespace, value);
  return [edge, { ...edge, to: parameter, evidence: [{ object: from, field: 'spec.paramRef.name', value }] }];
}

function paramKindEdges(policy: KubernetesObject, world: World): Edge[] {
  const paramKind = fieldAt(policy, 'spec', 'paramKind');
  const value = textOf(fieldAt(paramKind, 'kind'));
  const crd = value && world.crdOf(groupOf(textOf(fieldAt(paramKind, 'apiVersion')) ?? ''), value);
  if (!crd) return [];
  const from = world.idOf(policy);
  return [
    { from, to: world.idOf(crd), rule: 'admission-policy', evidence: [{ object: from, field: 'spec.paramKind.kind', value }] },
  ];
}
