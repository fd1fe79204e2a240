/**
 * The shapes that public operators have: none of them may be refused for a cycle, and in each the custom resources go
 * before their controller, webhooks before what serves them, access behind all Pods.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject, OwnerReference } from '../objects/object.ts';
import { makePlan } from '../plan/make-plan.ts';
import { buildGraph } from './build.ts';
import { crd, deployment, service } from './testing/samples.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const uids = { n: 0 };

function named(
  apiVersion: string,
  kind: string,
  name: string,
  rest: Record<string, unknown> = {},
  namespace?: string,
): KubernetesObject {
  return { apiVersion, kind, metadata: { name, uid: `uid-${uids.n++}`, ...(namespace && { namespace }) }, ...rest };
}

type Three = [account: KubernetesObject, role: KubernetesObject, binding: KubernetesObject];

/** The reference of a child to its controller. */
function madeBy({ apiVersion, kind, metadata: { name, uid = '' } }: KubernetesObject): OwnerReference[] {
  return [{ apiVersion, kind, name, uid, controller: true }];
}

function annotated(object: KubernetesObject, annotations: Record<string, string>): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** An account, a ClusterRole with these rules, and their binding. */
function access(name: string, namespace: string, rules: object[], roleName = name): Three {
  return [
    named('v1', 'ServiceAccount', name, {}, namespace),
    named(rbac, 'ClusterRole', name, { rules }),
    named(rbac, 'ClusterRoleBinding', name, {
      roleRef: { kind: 'ClusterRole', name: roleName },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    }),
  ];
}

const widgetRights = [
  { apiGroups: ['samples.example'], resources: ['widgets', 'widgets/status'], verbs: ['get', 'watch', 'update'] },
];
const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const namespace = named('v1', 'Namespace', 'a');
const widget = named('samples.example/v1', 'Widget', 'one', {}, 'a');
const conversion = { strategy: 'Webhook', webhook: { clientConfig: { service: { name: 'operator', namespace: 'a' } } } };
const operator = deployment('operator', 'a', 'operator', { app: 'operator' }, [], ['operator-tls']);
const front = service('operator', 'a', { app: 'operator' });
const certificate = named('v1', 'Secret', 'operator-tls', {}, 'a');
const webhook = named('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'operator', {
  webhooks: [{ clientConfig: { service: { name: 'operator', namespace: 'a' } } }],
});

/** Asserts that each pair of the plan stands in this order, and waits for it in one step or many. */
function expectOrder(objects: KubernetesObject[], ...pairs: [KubernetesObject, KubernetesObject][]): void {
  const { steps } = makePlan(buildGraph({ objects }));
  assert.equal(steps.length, objects.length);
  const after = new Map(steps.map((step) => [step.id, step.after]));
  const waitsFor = (id: ObjectId, first: ObjectId): boolean =>
    (after.get(id) ?? []).some((before) => before === first || waitsFor(before, first));
  for (const [first, then] of pairs) assert.ok(waitsFor(idOf(then), idOf(first)), `${idOf(then)} waits for ${idOf(first)}`);
}

describe('operators as they are found', () => {
  test('webhooks, conversion, certificate, namespace: all from one Deployment', () => {
    const definition = crd('widgets', 'Widget', { conversion });
    const [account, role, binding] = access('operator', 'a', widgetRights);
    expectOrder(
      [namespace, widget, definition, operator, front, certificate, webhook, account, role, binding],
      [widget, definition],
      [widget, operator],
      [definition, operator],
      [definition, front],
      [webhook, operator],
      [operator, front],
      [operator, certificate],
      [operator, account],
      [operator, binding],
      [binding, role],
      [account, namespace],
    );
  });

  test('an operator that may do everything, by a role of the set or by cluster-admin', () => {
    const definition = crd('widgets', 'Widget');
    const own = access('operator', 'a', everything);
    expectOrder([namespace, widget, definition, operator, ...own], [widget, operator], [definition, operator]);
    const admin = access('operator', 'a', [], 'cluster-admin').filter(({ kind }) => kind !== 'ClusterRole');
    expectOrder([namespace, widget, definition, operator, ...admin], [widget, operator]);
  });

  test('two operators with rights over each other’s custom resources', () => {
    const gadget = named('samples.example/v1', 'Gadget', 'one', {}, 'a');
    const second = deployment('second', 'a', 'second', { app: 'second' });
    const both = [{ apiGroups: ['samples.example'], resources: ['*'], verbs: ['*'] }];
    expectOrder(
      [
        widget,
        gadget,
        crd('widgets', 'Widget'),
        crd('gadgets', 'Gadget'),
        operator,
        second,
        ...access('operator', 'a', both),
        ...access('second', 'a', both),
      ],
      [widget, operator],
      [widget, second],
      [gadget, operator],
      [gadget, second],
    );
  });

  test('an operator whose custom resource made another operator, which may write the first one’s kind', () => {
    const second = deployment('second', 'a', 'second', { app: 'second' });
    second.metadata.ownerReferences = madeBy(widget);
    expectOrder(
      [
        widget,
        crd('widgets', 'Widget'),
        operator,
        second,
        ...access('operator', 'a', everything),
        ...access('second', 'a', widgetRights),
      ],
      [widget, operator],
      [widget, second],
      [second, operator],
    );
  });

  test('a custom resource that owns the operator itself', () => {
    const itself = { ...operator, metadata: { ...operator.metadata } };
    itself.metadata.ownerReferences = madeBy(widget);
    expectOrder([widget, crd('widgets', 'Widget'), itself, ...access('operator', 'a', widgetRights)], [widget, itself]);
  });

  test('a webhook configuration that is owned by the Namespace, as it is by a ClusterRole', () => {
    const ownedWebhook = { ...webhook, metadata: { ...webhook.metadata } };
    ownedWebhook.metadata.ownerReferences = madeBy(namespace);
    expectOrder([namespace, ownedWebhook, operator, front], [ownedWebhook, operator], [ownedWebhook, namespace]);
  });

  test('a Service and a ConfigMap that are owned by the Deployment that uses them', () => {
    const user = deployment('user', 'a', 'default', { app: 'user' }, ['settings']);
    user.metadata.uid = 'user';
    const owned = (object: KubernetesObject) => {
      object.metadata.ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'user', uid: 'user' }];
      return object;
    };
    const settings = owned(named('v1', 'ConfigMap', 'settings', {}, 'a'));
    const selected = owned(service('user', 'a', { app: 'user' }));
    expectOrder([user, settings, selected], [user, settings], [user, selected]);
  });

  test('an admission policy binding that its own parameter owns', () => {
    const paramKind = { apiVersion: 'samples.example/v1', kind: 'Widget' };
    const group = 'admissionregistration.k8s.io/v1';
    const policy = named(group, 'ValidatingAdmissionPolicy', 'p', { spec: { paramKind } });
    const bound = named(group, 'ValidatingAdmissionPolicyBinding', 'p', {
      spec: { policyName: 'p', paramRef: { name: 'one', namespace: 'a' } },
    });
    bound.metadata.ownerReferences = madeBy(widget);
    expectOrder([widget, policy, bound, crd('widgets', 'Widget')], [bound, policy], [bound, widget]);
  });

  test('roles that aggregate each other', () => {
    const aggregate = (name: string, other: string) => {
      const role = named(rbac, 'ClusterRole', name, {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { into: name } }] },
      });
      role.metadata.labels = { into: other };
      return role;
    };
    const [one, two] = [aggregate('operator', 'two'), aggregate('two', 'operator')];
    const bindings = access('operator', 'a', []).filter(({ kind }) => kind !== 'ClusterRole');
    expectOrder([operator, one, two, ...bindings], [operator, one], [operator, two]);
  });

  test('a Pod, its ReplicaSet and its Deployment from a live cluster', () => {
    const top = { ...deployment('user', 'a', 'agent', { app: 'user' }) };
    top.metadata = { ...top.metadata, uid: 'd' };
    const set = named('apps/v1', 'ReplicaSet', 'user-1', { spec: top.spec }, 'a');
    set.metadata.ownerReferences = madeBy(top);
    const pod = named('v1', 'Pod', 'user-1-x', { spec: { serviceAccountName: 'agent' } }, 'a');
    pod.metadata.ownerReferences = madeBy(set);
    const account = named('v1', 'ServiceAccount', 'agent', {}, 'a');
    expectOrder([account, pod, set, top], [top, set], [set, pod], [pod, account]);
  });
});

describe('the controller of a custom resource', () => {
  const definition = crd('widgets', 'Widget');
  const second = deployment('second', 'a', 'second', { app: 'second' });
  const controllersOf = (objects: KubernetesObject[], of = widget) =>
    buildGraph({ objects })
      .edges.filter(({ rule, from }) => rule === 'controller' && from === idOf(of))
      .map(({ to }) => to);

  test('is found by its rights, with the rule as evidence', () => {
    const graph = buildGraph({ objects: [widget, definition, operator, ...access('operator', 'a', widgetRights)] });
    const edge = graph.edges.find(({ rule, from }) => rule === 'controller' && from === idOf(widget));
    assert.deepEqual(edge?.evidence[0], {
      object: 'ClusterRole.rbac.authorization.k8s.io/operator',
      field: 'rules[0].resources[0]',
      value: 'widgets',
    });
    assert.equal(edge?.certainty, 'inferred');
  });

  test('is found when the definition of its kind is elsewhere', () => {
    assert.deepEqual(controllersOf([widget, operator, ...access('operator', 'a', widgetRights)]), [idOf(operator)]);
  });

  test('is nobody who may only read, nobody whose right is for other names, and nobody through a group', () => {
    const right = (rest: object) => [{ apiGroups: ['samples.example'], resources: ['widgets'], verbs: ['get', 'list'], ...rest }];
    assert.deepEqual(controllersOf([widget, definition, operator, ...access('operator', 'a', right({}))]), []);
    assert.deepEqual(
      controllersOf([widget, definition, operator, ...access('operator', 'a', right({ verbs: ['*'], resourceNames: ['two'] }))]),
      [],
    );
    const [, role, binding] = access('operator', 'a', widgetRights);
    const everybody = { ...binding, subjects: [{ kind: 'Group', name: 'system:authenticated' }] };
    assert.deepEqual(controllersOf([widget, definition, operator, role, everybody]), []);
  });

  test('is, through a RoleBinding, only that of its namespace', () => {
    const role = named(rbac, 'Role', 'r', { rules: widgetRights }, 'b');
    const bound = named(
      rbac,
      'RoleBinding',
      'r',
      { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: 'a' }] },
      'b',
    );
    const elsewhere = named('samples.example/v1', 'Widget', 'one', {}, 'b');
    const objects = [widget, elsewhere, definition, operator, role, bound];
    assert.deepEqual(controllersOf(objects), []);
    assert.deepEqual(controllersOf(objects, elsewhere), [idOf(operator)]);
  });

  test('is the one that is declared, on the resource or on its definition, and then nobody else', () => {
    const declare = (object: KubernetesObject, value: string) => annotated(object, { 'bookend.dev/controller': value });
    const rest = [operator, second, ...access('operator', 'a', widgetRights)];
    assert.deepEqual(controllersOf([declare(widget, 'Deployment/second'), definition, ...rest]), [idOf(second)]);
    assert.deepEqual(controllersOf([widget, declare(definition, 'Deployment.apps/a/second'), ...rest]), [idOf(second)]);
    assert.deepEqual(controllersOf([declare(widget, 'Deployment.apps/other/release'), definition, ...rest]), []);
    assert.throws(
      () => controllersOf([declare(widget, 'second'), definition, ...rest]),
      /metadata\.annotations\[bookend\.dev\/controller\]: "second" is no reference/,
    );
  });

  test('may go although the definition and the custom resource are kept', () => {
    const keep = (object: KubernetesObject) => annotated(object, { 'helm.sh/resource-policy': 'keep' });
    const { steps } = makePlan(
      buildGraph({ objects: [keep(widget), keep(definition), operator, ...access('operator', 'a', widgetRights), namespace] }),
    );
    const modes = Object.fromEntries(steps.map(({ id, mode }) => [id, mode]));
    assert.equal(modes[idOf(operator)], 'delete');
    assert.equal(modes[idOf(definition)], 'keep');
    assert.equal(modes[idOf(namespace)], 'keep', 'or the kept custom resource would be deleted with it');
  });

  test('yields to what a person asked for', () => {
    const components = [
      { name: 'operator', dependsOn: ['settings'], objects: [idOf(operator)] },
      { name: 'settings', dependsOn: [], objects: [idOf(widget)] },
    ];
    const graph = buildGraph({ objects: [widget, operator, ...access('operator', 'a', widgetRights)], components });
    const yielded = graph.yielded?.map(({ from, to }) => [from, to]);
    assert.deepEqual(yielded, [[idOf(widget), idOf(operator)]]);
    assert.doesNotThrow(() => makePlan(graph));
  });
});
