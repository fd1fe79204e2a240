/** The arguments of `bookend rights`, checked. Pure: the caller has looked at paths. */
import { BookendError } from '../../errors.ts';
import type { Account } from '../../objects/service-accounts.ts';
import type { Subject } from '../../rights/manifests.ts';
import { type GlobalFlags, oneOf, outputFormat } from '../flags.ts';
import { type KindOfPath, refusal, type Source, type SourceFlags, sourceOf } from '../reading/source.ts';

export type RightsRequest = {
  source: Exclude<Source, { from: 'namespace' }> | { from: 'cluster-operator'; name: string };
  account?: Account;
  for: 'account' | 'team';
  subject?: Subject;
  instancesIn: string[];
  check: boolean;
  live: boolean;
  format: 'yaml' | 'json';
};

/**
 * All words for our kind that name it and nothing else: on OpenShift the short one is another kind as well, and is
 * taken to mean ours here.
 */
const clusterOperator = /^(?:clusteroperators?(?:\.v1alpha1)?(?:\.bookend\.dev)?|clop)\/(.*)$/i;

/** @throws BookendError `bad-input` for flags that are not understood or exclude each other */
export function requestOf(what: string | undefined, flags: RightsFlags, kindOf: KindOfPath): RightsRequest {
  const whom = oneOf('--for', flags.for ?? 'account', ['account', 'team']);
  if (flags.subject !== undefined && whom !== 'team')
    throw refusal('--subject', '--subject is given without --for team', 'Add --for team.');
  const { account, subject, instancesIn = [], check = false, live = false } = flags;
  const source = sourceFor(what, flags, kindOf);
  if (whom === 'team' && check && subject === undefined) {
    throw refusal('--subject', '--check does not know whom to ask about', 'Name them, for example: --subject group:developers');
  }
  return {
    source,
    ...(account !== undefined && { account: accountOf('--account', account) }),
    for: whom,
    ...(subject !== undefined && { subject: subjectOf(subject) }),
    instancesIn,
    check,
    live: live || check || source.from === 'release' || source.from === 'cluster-operator',
    format: outputFormat<'yaml' | 'json'>(flags as GlobalFlags, ['yaml', 'json']),
  };
}

function sourceFor(what: string | undefined, flags: RightsFlags, kindOf: KindOfPath): RightsRequest['source'] {
  const [, name] = (what !== undefined && clusterOperator.exec(what)) || [];
  if (name !== undefined) {
    if (flags.filename) throw refusal('-f', `${what} cannot be combined with -f`, 'Omit one of them.');
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name))
      throw refusal(undefined, `"${name}" is not a valid name of a ClusterOperator`, 'Correct the name.');
    return { from: 'cluster-operator', name };
  }
  const source = sourceOf(what, flags, kindOf, ', a ClusterOperator such as clusteroperator/agent');
  if (source.from === 'namespace')
    throw refusal('--namespace-delete', 'a namespace has no permissions', 'Name a ClusterOperator.');
  return source;
}

function accountOf(flag: string, text: string): Account {
  const [namespace, name, ...rest] = text.split('/');
  if (namespace && name && rest.length === 0 && isName(namespace) && isName(name)) return { namespace, name };
  throw new BookendError('bad-input', `${flag} ${JSON.stringify(text)} is not a ServiceAccount`, {
    field: flag,
    advice: 'Write its namespace and its name, such as shop/deployer.',
  });
}

function isName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}

function subjectOf(text: string): Subject {
  const [, kind, name] = /^(group|user):(.+)$/is.exec(text) ?? [];
  if (kind !== undefined && name !== undefined) return { kind: kind.toLowerCase() === 'group' ? 'Group' : 'User', name };
  return { kind: 'ServiceAccount', ...accountOf('--subject', text) };
}

export type RightsFlags = GlobalFlags &
  SourceFlags & {
    account?: string;
    for?: string;
    subject?: string;
    instancesIn?: string[];
    check?: boolean;
    live?: boolean;
  };
