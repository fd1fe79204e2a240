/**
 * What a webhook can be asked about at all: an operation that its `matchConditions` always exclude, or a resource of
 * the other scope than its rule, never reaches it.
 */
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import { isNeverAsked } from '../play/never-asked.ts';
import { builtInNamed } from './built-in-resources.ts';
import type { RuleInput } from './rule-input.ts';

/** The webhook with what is left of its rules; the same where nothing is excluded. */
export function withAskedRules(webhook: unknown, input: RuleInput): unknown {
  const rules = listOf(fieldAt(webhook, 'rules'));
  const left = rules.flatMap((rule) => {
    const operations = textsOf(fieldAt(rule, 'operations'));
    const asked = operations.filter((operation) => !isNeverAsked(webhook, operation));
    const resources = textsOf(fieldAt(rule, 'resources')).filter((resource) => !isOfOtherScope(rule, resource, input));
    return asked.length === 0 || resources.length === 0 ? [] : [{ ...Object(rule), operations: asked, resources }];
  });
  return { ...Object(webhook), rules: left };
}

function isOfOtherScope(rule: unknown, resource: string, { world }: RuleInput): boolean {
  const scope = textOf(fieldAt(rule, 'scope')) ?? '*';
  if (scope === '*') return false;
  const groups = textsOf(fieldAt(rule, 'apiGroups'));
  const [plural = ''] = resource.split('/');
  const definition = world
    .ofKind('apiextensions.k8s.io', 'CustomResourceDefinition')
    .find(({ spec }) => fieldAt(spec, 'names', 'plural') === plural && groups.includes(textOf(fieldAt(spec, 'group')) ?? ''));
  if (definition) return fieldAt(definition.spec, 'scope') !== (scope === 'Cluster' ? 'Cluster' : 'Namespaced');
  const builtIn = builtInNamed(plural);
  if (builtIn === undefined || builtIn.resource !== plural || groups.length !== 1 || groups[0] !== builtIn.group) return false;
  return builtIn.isClusterScoped !== (scope === 'Cluster');
}
