/**
 * What CEL expressions of webhooks and policies read: the request, the object before and after, who asks
 * (`admission/plugin/cel`).
 */
import type { AdmissionRequest } from '../admission.ts';
import { Permissions } from '../cel/authorizer.ts';
import { celValue } from '../cel/evaluate.ts';
import { AuthorizerVariable } from '../cel/library.ts';
import type { Authorizer } from '../rbac.ts';
import type { Store, Stored } from '../store.ts';
import { nameInRequests } from '../user.ts';

/** The variables of a request; those of a policy (`params`, `variables`) come on top. */
export function variablesOf(request: AdmissionRequest, store: Store, authorizer: Authorizer): Record<string, unknown> {
  const { kind, namespace, user, operation, object, oldObject, subresource, dryRun, collection = false } = request;
  const { group, version, resource } = kind;
  const home = namespace === undefined ? undefined : store.get('namespaces', undefined, namespace);
  return {
    object: objectValue(object),
    oldObject: objectValue(oldObject),
    // What is empty is not there at all, and asking for it is an error (`omitempty` in `AdmissionRequest`).
    request: {
      kind: { group, version, kind: kind.kind },
      resource: { group, version, resource },
      requestKind: { group, version, kind: kind.kind },
      requestResource: { group, version, resource },
      ...(subresource !== undefined && { subResource: subresource, requestSubResource: subresource }),
      // The deletion of a whole collection carries no name (`AdmissionToValidateObjectDeleteFunc`).
      ...(!collection && { name: request.name }),
      ...((namespace !== undefined || kind.key === 'namespaces') && { namespace: namespace ?? request.name }),
      operation,
      dryRun,
      userInfo: {
        username: nameInRequests(user),
        ...(user.uid !== undefined && { uid: user.uid }),
        groups: [...user.groups],
      },
      options: {},
    },
    namespaceObject: objectValue(home),
    authorizer: new AuthorizerVariable(new Permissions(authorizer, user)),
  };
}

/** An object as expressions see it: null where there is none. */
export function objectValue(object: Stored | undefined): unknown {
  return object === undefined ? null : celValue(object);
}
