/** "May I?" and "May he?": reviews are created, answered and not stored. */
import { fieldAt, mapOf, textsOf } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import type { Authorizer } from './rbac.ts';
import type { User } from './user.ts';

/** The review with its status filled in. */
export function answerReview(authorizer: Authorizer, asker: User, review: KubernetesObject): KubernetesObject {
  if (review.kind === 'SelfSubjectReview')
    return { ...review, status: { userInfo: { username: asker.name, groups: asker.groups } } };
  const asked = mapOf(fieldAt(review.spec, 'resourceAttributes'));
  const path = mapOf(fieldAt(review.spec, 'nonResourceAttributes'));
  const about: User =
    review.kind === 'SelfSubjectAccessReview'
      ? asker
      : { name: String(fieldAt(review.spec, 'user') ?? ''), groups: textsOf(fieldAt(review.spec, 'groups')) };
  const field = (name: string) => (typeof asked[name] === 'string' ? asked[name] : '');
  const resource = field('subresource') === '' ? field('resource') : `${field('resource')}/${field('subresource')}`;
  const allowed = path.path
    ? authorizer.allowsUrl(about, String(path.verb), String(path.path))
    : authorizer.allows(about, {
        verb: field('verb'),
        group: field('group'),
        resource,
        ...(field('namespace') !== '' && { namespace: field('namespace') }),
        ...(field('name') !== '' && { name: field('name') }),
      });
  return { ...review, status: { allowed, ...(!allowed && { reason: 'no RBAC policy matched' }) } };
}
