/**
 * Permissions as manifests: a ClusterRole, a Role for each namespace, their bindings, and the account if we create it.
 */
import type { KubernetesObject } from '../objects/object.ts';
import { rbacGroup } from '../objects/rbac.ts';
import type { Account } from '../objects/service-accounts.ts';
import { writeYaml, writeYamlInLine } from '../objects/yaml.ts';
import type { Phase } from './asked.ts';
import { type Right, reasons, type UrlRight } from './right.ts';
import { type ExplainedRule, type Rule, rulesOf } from './rules.ts';

export type Subject = { kind: 'ServiceAccount'; name: string; namespace: string } | { kind: 'User' | 'Group'; name: string };

/** What somebody needs, as a whole. */
export type RightsSet = {
  /** For whom and for what, a sentence each: they head the output. */
  about: string[];
  /** Of the roles: `NAME` and its binding have it. */
  name: string;
  subject: Subject | undefined;
  /** An account that is made with its rights. */
  account?: Account;
  rights: readonly Right[];
  urls: readonly UrlRight[];
};

export type ExplainedRole = {
  kind: 'Role' | 'ClusterRole';
  name: string;
  namespace?: string;
  rules: ExplainedRule[];
};

/** The roles: first the ClusterRole, then by namespace. */
export function rolesOf({ name, rights, urls }: RightsSet): ExplainedRole[] {
  const byPlace = Map.groupBy(rights, ({ namespace }) => namespace);
  const everywhere = rulesOf(byPlace.get(undefined) ?? [], urls);
  const namespaces = [...byPlace.keys()].filter((each) => each !== undefined).sort();
  return [
    ...(everywhere.length > 0 ? [{ kind: 'ClusterRole' as const, name, rules: everywhere }] : []),
    ...namespaces.map((namespace) => ({ kind: 'Role' as const, name, namespace, rules: rulesOf(byPlace.get(namespace) ?? []) })),
  ];
}

/** Everything as objects, in the order in which it can be applied. */
export function manifestsOf(set: RightsSet): KubernetesObject[] {
  return [...accountOf(set), ...rolesOf(set).flatMap((role) => [roleObject(role), ...bindingOf(role, set.subject)])];
}

/** The same as YAML with a comment in front of each rule. */
export function yamlOf(set: RightsSet): string {
  const documents = [
    ...accountOf(set).map((account) => writeYaml([account])),
    ...rolesOf(set).flatMap((role) => [roleYaml(role), ...bindingOf(role, set.subject).map((binding) => writeYaml([binding]))]),
  ];
  return `${set.about.flatMap((sentence) => commented(sentence, '')).join('\n')}\n---\n${documents.join('---\n')}`;
}

function accountOf({ account }: RightsSet): KubernetesObject[] {
  if (account === undefined) return [];
  return [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account.name, namespace: account.namespace } }];
}

function roleObject({ rules, ...role }: ExplainedRole): KubernetesObject {
  return { ...headOf(role), rules: rules.map(({ rule }) => rule) };
}

function headOf({ kind, name, namespace }: Omit<ExplainedRole, 'rules'>): KubernetesObject {
  return { apiVersion: `${rbacGroup}/v1`, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

/** A reason stands above the first of the rules that have it. */
function roleYaml({ rules, ...role }: ExplainedRole): string {
  const reasonsOf = rules.map(({ why, phases }) => `${phasesInWords(phases)}${reasons[why]}`);
  const lines = rules.flatMap(({ rule }, index) => {
    const reason = reasonsOf[index] ?? '';
    return [...(reason === reasonsOf[index - 1] ? [] : commented(reason, '  ')), ...ruleLines(rule)];
  });
  return `${writeYaml([headOf(role)])}rules:\n${lines.join('\n')}\n`;
}

function ruleLines(rule: Rule): string[] {
  const [first = '', ...rest] = Object.entries(rule).map(([field, value]) => `${field}: ${writeYamlInLine(value)}`);
  return [`  - ${first}`, ...rest.map((line) => `    ${line}`)];
}

/** Only where it is not needed all the time. */
function phasesInWords(phases: readonly Phase[]): string {
  return phases.length === 0 || phases.length === 3 ? '' : `${phases.join(', ')}: `;
}

const widest = 110;

/**
 * Words in comment lines of a bearable length. No character of what was read elsewhere ends a comment: some YAML
 * readers take U+0085 for a line break.
 */
function commented(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/[\s\p{Cc}]+/u)) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length + indent.length <= widest) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
}

function bindingOf({ kind, name, namespace }: ExplainedRole, subject: Subject | undefined): KubernetesObject[] {
  if (subject === undefined) return [];
  const isPerson = subject.kind !== 'ServiceAccount';
  return [
    {
      apiVersion: `${rbacGroup}/v1`,
      kind: `${kind}Binding`,
      metadata: { name, ...(namespace !== undefined && { namespace }) },
      roleRef: { apiGroup: rbacGroup, kind, name },
      subjects: [{ ...(isPerson && { apiGroup: rbacGroup }), ...subject }],
    },
  ];
}
