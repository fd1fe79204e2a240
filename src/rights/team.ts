/**
 * What a person needs to write a ClusterOperator: the verbs on the object with that name, and permission to impersonate
 * its account, which our admission policies check.
 */
import { bookendGroup } from '../objects/names.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import type { RightsSet, Subject } from './manifests.ts';
import type { Actor } from './of-cluster-operator.ts';
import type { Right } from './right.ts';

const named = ['get', 'list', 'watch', 'update', 'patch', 'delete'];

export function rightsOfTeam(
  { metadata }: ClusterOperator,
  { account, isInstalled }: Actor,
  subject: Subject | undefined,
): RightsSet {
  const resource = 'clusteroperators';
  const writes = (verb: string): Right => ({ verb, group: bookendGroup, resource, why: 'team-writes', phases: [] });
  const impersonate: Right = {
    verb: 'impersonate',
    group: '',
    resource: 'serviceaccounts',
    ...account,
    why: 'team-impersonates',
    phases: [],
  };
  const home = `ServiceAccount ${account.namespace}/${account.name}`;
  return {
    name: `bookend-team-${metadata.name}`,
    about: [
      `What somebody needs, and no more, to write ClusterOperator ${metadata.name}, which acts as ${home}.`,
      'Who may act as an account may do all that it may do, with and without Bookend.',
      ...(isInstalled
        ? [`${home} is for everybody who names no account: give a team an account of its own (spec.serviceAccountName).`]
        : []),
      ...(subject ? [] : ['Bind the roles to whom you mean, or name them with --subject: then the bindings are here too.']),
    ],
    subject,
    rights: [writes('create'), ...named.map((verb) => ({ ...writes(verb), name: metadata.name })), impersonate],
    urls: [],
  };
}
