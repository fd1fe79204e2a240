/**
 * What Kubernetes adds to CEL (`k8s.io/apiserver/pkg/cel/library` and cel-go's extensions), as far as policies on the
 * end of objects use it: `authorizer`, `quantity`, searches in text, sums and extremes of lists, `optMap`.
 *
 * Not there: `url`, `ip`, `cidr`, `semver`, `format`, `sets`, `jsonpatch`. An expression that uses them cannot be
 * evaluated, and the policy's `failurePolicy` decides.
 */

import { Environment, Optional } from '@marcbachmann/cel-js';
import { isMap } from '../../../../objects/fields.ts';
import { quantityOf } from '../../../../objects/quantity.ts';
import { found } from '../linear-regexp.ts';
import { Decision, GroupCheck, PathCheck, type Permissions, ResourceCheck } from './authorizer.ts';
import { meter } from './metered.ts';

/** One for all expressions: making it takes longer than evaluating hundreds. */
export function celEnvironment(): Environment {
  environment ??= make();
  return environment;
}

let environment: Environment | undefined;

function make(): Environment {
  meter();
  const env = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
  });
  addAuthorizer(env);
  addQuantities(env);
  addTexts(env);
  addLists(env);
  addOptionals(env);
  return env;
}

/** What `authorizer` stands for: asks for the rights of who makes the request. */
export class AuthorizerVariable {
  readonly permissions: Permissions;

  constructor(permissions: Permissions) {
    this.permissions = permissions;
  }
}

function addAuthorizer(env: Environment): void {
  env
    .registerType('Authorizer', { ctor: AuthorizerVariable, fields: {} })
    .registerType('GroupCheck', { ctor: GroupCheck, fields: {} })
    .registerType('ResourceCheck', { ctor: ResourceCheck, fields: {} })
    .registerType('PathCheck', { ctor: PathCheck, fields: {} })
    .registerType('Decision', { ctor: Decision, fields: {} })
    .registerFunction(
      'Authorizer.group(string): GroupCheck',
      (self: AuthorizerVariable, group: string) => new GroupCheck(self.permissions, group),
    )
    .registerFunction('Authorizer.serviceAccount(string, string): Authorizer', (self: AuthorizerVariable, namespace, name) => {
      return new AuthorizerVariable(self.permissions.of(String(namespace), String(name)));
    })
    .registerFunction(
      'Authorizer.path(string): PathCheck',
      (self: AuthorizerVariable, path: string) => new PathCheck(self.permissions, path),
    )
    .registerFunction(
      'GroupCheck.resource(string): ResourceCheck',
      (self: GroupCheck, resource: string) => new ResourceCheck(self.permissions, { group: self.group, resource }),
    )
    .registerFunction('ResourceCheck.subresource(string): ResourceCheck', (self: ResourceCheck, subresource: string) =>
      self.with({ subresource }),
    )
    .registerFunction('ResourceCheck.namespace(string): ResourceCheck', (self: ResourceCheck, namespace: string) =>
      self.with({ namespace }),
    )
    .registerFunction('ResourceCheck.name(string): ResourceCheck', (self: ResourceCheck, name: string) => self.with({ name }))
    .registerFunction('ResourceCheck.check(string): Decision', (self: ResourceCheck, verb: string) => self.check(verb))
    .registerFunction('PathCheck.check(string): Decision', (self: PathCheck, verb: string) => self.check(verb))
    .registerFunction('Decision.allowed(): bool', (self: Decision) => self.isAllowed)
    .registerFunction('Decision.reason(): string', () => '')
    .registerFunction('Decision.errored(): bool', () => false)
    .registerFunction('Decision.error(): string', () => '')
    .registerVariable('authorizer', 'Authorizer');
}

/** A type of its own, since CEL looks for a function by the types of its arguments. */
class Quantity {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Negative, 0 or positive. */
function compareQuantities(one: Quantity, other: Quantity): number {
  return Math.sign(one.value - other.value);
}

function addQuantities(env: Environment): void {
  const value = (text: string) => {
    const number = quantityOf(text);
    if (number === undefined) throw new Error(`quantities must match the regular expression of quantities: ${text}`);
    return new Quantity(number);
  };
  env
    .registerType('Quantity', { ctor: Quantity, fields: {} })
    .registerFunction('quantity(string): Quantity', value)
    .registerFunction('isQuantity(string): bool', (text: string) => quantityOf(text) !== undefined)
    .registerFunction('Quantity.isGreaterThan(Quantity): bool', (one: Quantity, other) => compareQuantities(one, other) > 0)
    .registerFunction('Quantity.isLessThan(Quantity): bool', (one: Quantity, other) => compareQuantities(one, other) < 0)
    .registerFunction('Quantity.compareTo(Quantity): int', (one: Quantity, other) => BigInt(compareQuantities(one, other)))
    .registerFunction('Quantity.asInteger(): int', (self: Quantity) => BigInt(Math.trunc(self.value)))
    .registerFunction('Quantity.asApproximateFloat(): double', (self: Quantity) => self.value);
}

function addTexts(env: Environment): void {
  env
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, to),
    )
    .registerFunction('string.find(string): string', (text: string, pattern: string) => found(pattern, text, 1)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => found(pattern, text))
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => text.charAt(Number(index)));
}

function addLists(env: Environment): void {
  type List = readonly (number | bigint | string)[];
  const extreme = (list: List, isBetter: (one: number | bigint | string, other: number | bigint | string) => boolean) => {
    if (list.length === 0) throw new Error('min/max called on empty list');
    return list.reduce((best, item) => (isBetter(item, best) ? item : best));
  };
  env
    .registerFunction('list.sum(): dyn', (list: readonly (number | bigint)[]) =>
      list.reduce(
        (sum: number | bigint, item) =>
          typeof sum === 'bigint' && typeof item === 'bigint' ? sum + item : Number(sum) + Number(item),
        0n,
      ),
    )
    .registerFunction('list.min(): dyn', (list: List) => extreme(list, (one, other) => one < other))
    .registerFunction('list.max(): dyn', (list: List) => extreme(list, (one, other) => one > other))
    .registerFunction('list.isSorted(): bool', (list: List) =>
      list.every((item, index) => index === 0 || (list[index - 1] ?? item) <= item),
    )
    .registerFunction('list.indexOf(dyn): int', (list: List, item) => BigInt(list.indexOf(item)))
    .registerFunction('list.lastIndexOf(dyn): int', (list: List, item) => BigInt(list.lastIndexOf(item)));
}

/** `optMap`, `optFlatMap`, and whether two optional values are equal. */
function addOptionals(env: Environment): void {
  const same = (one: unknown, other: unknown): boolean => {
    if (one === other) return true;
    if (Array.isArray(one) && Array.isArray(other))
      return one.length === other.length && one.every((item, index) => same(item, other[index]));
    if (!isMap(one) || !isMap(other)) return false;
    const keys = Object.keys(one);
    return keys.length === Object.keys(other).length && keys.every((key) => same(one[key], other[key]));
  };
  env.registerOperator('optional<dyn> == optional<dyn>', (one: Optional, other: Optional) =>
    one.hasValue() && other.hasValue() ? same(one.value(), other.value()) : one.hasValue() === other.hasValue(),
  );
  const mapping =
    (flat: boolean) =>
    ({ args, receiver }: Macro) => {
      const [variable, body] = args;
      let inner: CheckContext | undefined;
      return {
        typeCheck(checker: Checker, _macro: unknown, context: CheckContext) {
          inner = context.forkWithVariable(variable?.args, checker.getType('dyn'));
          checker.check(receiver, context);
          checker.check(body, inner);
          return checker.getType('optional');
        },
        evaluate(evaluator: Evaluator, _macro: unknown, context: unknown) {
          const value = evaluator.run(receiver, context);
          if (!(value instanceof Optional) || !value.hasValue() || inner === undefined) return Optional.none();
          const result = evaluator.run(body, inner.reuse(context).setIterValue(value.value(), evaluator));
          return flat ? result : Optional.of(result);
        },
      };
    };
  env.registerFunction('optional.optMap(ast, ast): optional<dyn>', mapping(false));
  env.registerFunction('optional.optFlatMap(ast, ast): optional<dyn>', mapping(true));
}

/** As the library hands them to macros. */
type Macro = { args: { args: unknown }[]; receiver: unknown };
type CheckContext = {
  forkWithVariable(name: unknown, type: unknown): CheckContext;
  reuse(context: unknown): { setIterValue(value: unknown, evaluator: Evaluator): unknown };
};
type Checker = { getType(name: string): unknown; check(node: unknown, context: unknown): unknown };
type Evaluator = { run(node: unknown, context: unknown): unknown };
