/**
 * Sentences of the API server that controllers copy into conditions and Events: an object does not exist, or an account
 * lacks a permission. Their form is fixed (apimachinery `errors.NewNotFound`, `errors.NewForbidden`).
 */
import type { KindInfo } from '../cluster/port.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isHidden } from '../reading/reader.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import { inNamespace, look } from './commands.ts';
import type { WhyContext } from './context.ts';

/** What the text says is missing, unless it is there again. */
export function missingIn(text: string, object: KubernetesObject, context: WhyContext): Blocker[] {
  return [...text.matchAll(/([\w.-]+) "([^"]{1,253})" not found/g)].flatMap(([, word = '', name = '']): Blocker[] => {
    const kind = context.kinds.find((each) => isNamed(each, word.toLowerCase()));
    if (!kind || isThere(kind, name, object, context)) return [];
    const { namespace } = object.metadata;
    const place = kind.namespaced && namespace !== undefined ? `${namespace}/` : '';
    return [
      {
        kind: 'status',
        says: `${kind.kind} ${place}${name} does not exist: ${nameOf(object)} cannot be cleaned up without it`,
        object: { apiVersion: kind.apiVersion, kind: kind.kind, name, ...(place !== '' && { namespace }) },
        stuck: true,
        evidence: [],
        remedies: [],
        because: [],
      },
    ];
  });
}

/** `providerconfigs.example.com`, `ProviderConfig.example.com`, `serviceaccounts`. */
function isNamed({ resource, kind, group }: KindInfo, word: string): boolean {
  return [resource, kind.toLowerCase()].some((each) => word === each || word === `${each}.${group}`);
}

function isThere({ kind, group, resource }: KindInfo, name: string, object: KubernetesObject, context: WhyContext): boolean {
  const { namespace } = object.metadata;
  if (isHidden(context.notSeen, group === '' ? resource : `${resource}.${group}`, namespace)) return true;
  return context.objects.some((each) => each.kind === kind && groupOf(each.apiVersion) === group && each.metadata.name === name);
}

const forbidden =
  /User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)"| at the cluster scope)?/;

/** The question whether the account may now do what it was refused. */
export function permissionLook(text: string): ProposedRemedy[] {
  const [, user, verb, resource, group, namespace] = forbidden.exec(text) ?? [];
  if (user === undefined || verb === undefined || resource === undefined) return [];
  const what = group ? `${resource}.${group}` : resource;
  const says = 'Ask whether it is allowed now; if the answer is no, grant it by a role.';
  return [look(says, 'auth', 'can-i', verb, what, ...inNamespace(namespace), '--as', user)];
}
