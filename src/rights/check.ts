/**
 * Finds the permissions that a subject lacks, by SubjectAccessReview, which includes every authorizer, not only RBAC. A
 * caller that may not create one impersonates the subject (SelfSubjectAccessReview).
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster, Impersonation } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { fieldAt } from '../objects/fields.ts';
import { serviceAccountGroups, serviceAccountUser } from '../objects/service-accounts.ts';
import type { RightsSet, Subject } from './manifests.ts';
import type { Right, UrlRight } from './right.ts';

export type Checked = { checked: number; missing: Right[]; missingUrls: UrlRight[] };

const width = 8;

/** @throws BookendError `forbidden` when neither may be asked */
export async function check(cluster: Cluster, { rights, urls }: RightsSet, subject: Subject): Promise<Checked> {
  const ask = asker(cluster, subject);
  const lacks = async <T>(right: T, attributes: Record<string, unknown>) => ((await ask(attributes)) ? [] : [right]);
  const missing = await inTurns(width, rights, (right) => lacks(right, { resourceAttributes: attributesOf(right) }));
  const missingUrls = await inTurns(width, urls, (right) =>
    lacks(right, { nonResourceAttributes: { verb: right.verb, path: right.url } }),
  );
  return { checked: rights.length + urls.length, missing: missing.flat(), missingUrls: missingUrls.flat() };
}

function asker(cluster: Cluster, subject: Subject): (attributes: Record<string, unknown>) => Promise<boolean> {
  const identity = identityOf(subject);
  let asThem = false;
  const ask = async (spec: Record<string, unknown>, kind: string, by: Cluster) => {
    const answer = await by.create({ apiVersion: 'authorization.k8s.io/v1', kind, metadata: { name: '' }, spec });
    return fieldAt(answer, 'status', 'allowed') === true;
  };
  return async (attributes) => {
    if (!asThem) {
      try {
        return await ask({ ...attributes, user: identity.user, groups: identity.groups }, 'SubjectAccessReview', cluster);
      } catch (error) {
        if (!isCode(error, 'forbidden')) throw error;
        asThem = true;
      }
    }
    try {
      return await ask(attributes, 'SelfSubjectAccessReview', cluster.as(identity));
    } catch (error) {
      if (!isCode(error, 'forbidden')) throw error;
      throw new BookendError('forbidden', `cannot check the permissions of ${identity.user}: ${error.message}`, {
        ...error.details,
        advice: 'Grant create on subjectaccessreviews.authorization.k8s.io, or permission to impersonate the account.',
      });
    }
  };
}

/** For a group it is asked about nobody in particular who is in it. */
function identityOf(subject: Subject): Impersonation & { groups: string[] } {
  if (subject.kind === 'ServiceAccount') {
    const { namespace, name } = subject;
    return { user: serviceAccountUser(namespace, name), groups: serviceAccountGroups(namespace) };
  }
  if (subject.kind === 'User') return { user: subject.name, groups: ['system:authenticated'] };
  return { user: 'somebody-of-the-group', groups: [subject.name, 'system:authenticated'] };
}

function attributesOf({ verb, group, resource, name, namespace }: Right): Record<string, string> {
  const [main = '', sub] = resource.split('/');
  return {
    verb,
    group,
    resource: main,
    ...(sub !== undefined && { subresource: sub }),
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}
