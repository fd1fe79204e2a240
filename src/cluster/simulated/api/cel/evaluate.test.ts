import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualClock } from '../../clock.ts';
import { makeRandom } from '../../random.ts';
import { ApiServer } from '../api-server.ts';
import { admin, serviceAccount } from '../user.ts';
import { Permissions } from './authorizer.ts';
import { celValue, evaluate } from './evaluate.ts';
import { AuthorizerVariable } from './library.ts';

const object = celValue({
  metadata: { name: 'web', labels: { tier: 'front' }, ownerReferences: [{ controller: true }] },
  spec: { replicas: 3, names: ['a', 'b'] },
});
const value = (expression: string, more: Record<string, unknown> = {}) => {
  const outcome = evaluate(expression, { object, oldObject: null, ...more });
  return 'error' in outcome ? `error: ${outcome.error}` : outcome.value;
};

describe('a CEL expression', () => {
  test('reads objects, whose whole numbers are integers', () => {
    assert.equal(value('object.spec.replicas <= 5 && object.metadata.name == "web" && oldObject == null'), true);
    assert.equal(value('has(object.spec.paused)'), false);
    assert.equal(value("object.spec.names.exists(name, name == 'b')"), true);
    assert.equal(value("'tier' in object.metadata.labels"), true);
  });

  test('knows optional fields, maps them and compares them', () => {
    assert.equal(value("object.metadata.?labels[?'app'].orValue('none')"), 'none');
    assert.equal(value("object.metadata.?namespace.optMap(where, where + '/').orValue('') + object.metadata.name"), 'web');
    assert.equal(value("object.metadata.?labels.optMap(all, all.tier + '!').orValue('')"), 'front!');
    assert.equal(value("object.metadata.?labels[?'a'] != object.metadata.?labels[?'tier']"), true);
    assert.equal(value("object.metadata.?labels[?'a'] == object.metadata.?labels[?'b']"), true);
    assert.equal(value('object.metadata.?ownerReferences.orValue([]).exists(one, one.?controller.orValue(false))'), true);
  });

  test('says what is missing, and what it cannot read', () => {
    assert.equal(value('object.spec.paused == true'), 'error: no such key: paused');
    assert.match(String(value('object.spec.replicas + "x" == "3x"')), /^error: no such overload/);
    assert.match(String(value('object.spec(')), /^error: /);
    assert.match(String(value('nonsense(1)')), /^error: .*nonsense/);
  });

  test('knows what Kubernetes adds for quantities, texts and lists', () => {
    assert.equal(value("quantity('1Gi').isGreaterThan(quantity('500M'))"), true);
    assert.equal(value("isQuantity('many')"), false);
    assert.equal(value("'a.b'.replace('.', '-')"), 'a-b');
    assert.equal(value("'agent-x7'.find('[0-9]+')"), '7');
    assert.equal(value('[1, 3, 2].max() - [1, 3, 2].min()'), 2n);
    assert.equal(value('object.spec.names.map(name, size(name)).sum()'), 2n);
  });

  test('asks for the rights of who makes the request', () => {
    const server = new ApiServer(new VirtualClock(0), makeRandom(1));
    const may = (user: typeof admin) =>
      value("authorizer.group('').resource('serviceaccounts').namespace('n').name('deployer').check('impersonate').allowed()", {
        authorizer: new AuthorizerVariable(new Permissions(server.authorizer, user)),
      });
    assert.equal(may(admin), true);
    assert.equal(may(serviceAccount('n', 'other')), false);
  });
});
