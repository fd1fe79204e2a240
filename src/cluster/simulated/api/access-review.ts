/** "May I?" and "May he?": reviews are created, answered and not stored. */
import { fieldAt, mapOf, textsOf } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import type { PolicyRule } from '../../../objects/rbac.ts';
import type { Authorizer } from './rbac.ts';
import type { User } from './user.ts';

/** The review with its status filled in. */
export function answerReview(authorizer: Authorizer, asker: User, review: KubernetesObject): KubernetesObject {
  if (review.kind === 'SelfSubjectReview')
    return { ...review, status: { userInfo: { username: asker.name, groups: asker.groups } } };
  if (review.kind === 'SelfSubjectRulesReview') return { ...review, status: rulesFor(authorizer, asker, review) };
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

/** What holds in a namespace, rules for the whole cluster among them: nothing tells these apart. */
function rulesFor(authorizer: Authorizer, asker: User, { spec }: KubernetesObject): Record<string, unknown> {
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const rules = asker.groups.includes('system:masters')
    ? [all]
    : authorizer.rulesOf(asker, String(fieldAt(spec, 'namespace') ?? ''));
  const resourceRules = rules.map(({ nonResourceURLs: _, ...rule }: Partial<PolicyRule>) => rule);
  return { resourceRules, nonResourceRules: [], incomplete: false };
}
