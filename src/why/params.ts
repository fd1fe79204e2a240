/**
 * Reads the parameters of policies, without which the answer of a policy cannot be computed. Secrets are not read.
 */
import type { Cluster, KindInfo, Query } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { fieldAt, listOf, textOf, textsOf } from '../objects/fields.ts';
import { groupOf, idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

export type Params = {
  objects: KubernetesObject[];
  /** By the name of the policy: why its parameters were not read. */
  unread: Map<string, string>;
};

const registration = 'admissionregistration.k8s.io';

/** So many policies with parameters are looked into; clusters have a handful. */
const most = 50;

/** @param objects among them the policies and bindings of the cluster */
export async function paramsOf(
  cluster: Cluster,
  kinds: readonly KindInfo[],
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
): Promise<Params> {
  const ofGroup = objects.filter(({ apiVersion }) => groupOf(apiVersion) === registration);
  const concerned = ofGroup.filter((each) => each.kind === 'ValidatingAdmissionPolicy' && mayRefuseAnEnd(each));
  const found = new Map<string, KubernetesObject>();
  const unread = new Map<string, string>();
  for (const [index, policy] of concerned.entries()) {
    const { name } = policy.metadata;
    const info = readableKind(policy, kinds);
    if (index >= most) unread.set(name, 'its parameters were not read: there are too many policies that have some');
    else if (typeof info === 'string') unread.set(name, info);
    else {
      const read = await readParams(cluster, queriesOf(policy, info, object, ofGroup));
      if (typeof read === 'string') unread.set(name, read);
      else for (const param of read) found.set(idOf(param), param);
    }
  }
  return { objects: [...found.values()], unread };
}

/** The kind of its parameters, or why they are not read. */
function readableKind(policy: KubernetesObject, kinds: readonly KindInfo[]): KindInfo | string {
  const apiVersion = textOf(fieldAt(policy, 'spec', 'paramKind', 'apiVersion')) ?? '';
  const kind = textOf(fieldAt(policy, 'spec', 'paramKind', 'kind')) ?? '';
  if (apiVersion === 'v1' && kind === 'Secret') return 'its parameters are Secrets, which are not read';
  const info = kinds.find((each) => each.apiVersion === apiVersion && each.kind === kind);
  return info?.verbs.includes('list') ? info : `its parameters are ${kind}, which the cluster does not list`;
}

async function readParams(cluster: Cluster, queries: readonly Query[]): Promise<KubernetesObject[] | string> {
  try {
    const answers = [];
    for (const query of queries) answers.push(await cluster.list(query));
    return answers.flatMap(({ items }) => items);
  } catch (error) {
    if (!isCode(error, 'forbidden', 'not-found', 'unreachable', 'invalid')) throw error;
    return `its parameters could not be read: ${error.message}`;
  }
}

function mayRefuseAnEnd(policy: KubernetesObject): boolean {
  const rules = listOf(fieldAt(policy, 'spec', 'matchConstraints', 'resourceRules'));
  const operations = rules.flatMap((rule) => textsOf(fieldAt(rule, 'operations')));
  return (
    fieldAt(policy, 'spec', 'paramKind') !== undefined && operations.some((each) => ['*', 'UPDATE', 'DELETE'].includes(each))
  );
}

/** Where its bindings look: one object by its name, all of a namespace, or all. */
function queriesOf(
  policy: KubernetesObject,
  info: KindInfo,
  object: KubernetesObject,
  ofGroup: readonly KubernetesObject[],
): Query[] {
  const { apiVersion, kind, namespaced } = info;
  return ofGroup
    .filter(
      (each) => each.kind === 'ValidatingAdmissionPolicyBinding' && fieldAt(each, 'spec', 'policyName') === policy.metadata.name,
    )
    .map((binding): Query => {
      const ref = fieldAt(binding, 'spec', 'paramRef');
      const own = object.kind === 'Namespace' ? object.metadata.name : object.metadata.namespace;
      const namespace = namespaced ? (textOf(fieldAt(ref, 'namespace')) ?? own) : undefined;
      const name = textOf(fieldAt(ref, 'name'));
      return {
        ...{ apiVersion, kind },
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
      };
    });
}
