/**
 * What calls a Service needs the Service and the workloads behind it: a webhook with `failurePolicy: Fail` blocks
 * writes and deletions once its backend is dead (finalizer removal too, which is an UPDATE), a conversion webhook
 * blocks every read of its custom resources, a dead APIService blocks the deletion of all namespaces, an Ingress
 * answers 503.
 *
 * The edges lead from the caller to the Service and to each workload that the Service selects, not from the Service to
 * the workloads: a Service without Pods harms nobody, while Pods may need their Service as long as they run.
 */
import { fieldAt, listOf, textMapOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { named } from './named.ts';

export const webhook: EdgeRule = {
  name: 'webhook',
  why: 'A webhook without its backend blocks the requests that it matches, including deletions.',
  find: (world) =>
    ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']
      .flatMap((kind) => world.ofKind('admissionregistration.k8s.io', kind))
      .flatMap((configuration) =>
        listOf(configuration.webhooks).flatMap((entry, index) =>
          backendEdges(
            world,
            'webhook',
            configuration,
            fieldAt(entry, 'clientConfig', 'service'),
            `webhooks[${index}].clientConfig.service`,
          ),
        ),
      ),
};

export const conversionWebhook: EdgeRule = {
  name: 'conversion-webhook',
  why: 'Without its conversion webhook, custom resources of the kind cannot be read or deleted, and neither can their namespaces.',
  find: (world) =>
    world.ofKind('apiextensions.k8s.io', 'CustomResourceDefinition').flatMap((crd) => {
      const field = 'spec.conversion.webhook.clientConfig.service';
      return backendEdges(world, 'conversion-webhook', crd, fieldAt(crd, ...field.split('.')), field);
    }),
};

export const apiService: EdgeRule = {
  name: 'api-service',
  why: 'An APIService without its backend blocks discovery and the deletion of every namespace.',
  find: (world) =>
    world
      .ofKind('apiregistration.k8s.io', 'APIService')
      .flatMap((service) => backendEdges(world, 'api-service', service, fieldAt(service, 'spec', 'service'), 'spec.service')),
};

export const ingress: EdgeRule = {
  name: 'ingress',
  why: 'An Ingress without its backend, certificate or class returns errors to its clients.',
  find: (world) => [
    ...world.ofKind('networking.k8s.io', 'Ingress').flatMap((object) => ingressEdges(object, world)),
    ...world.ofKind('networking.k8s.io', 'IngressClass').flatMap((object) => parametersOf(object, world)),
  ],
};

/** The controller of a class reads its parameters: a ConfigMap or an object of its own kind, wherever that is. */
function parametersOf(object: KubernetesObject, world: World): Edge[] {
  const parameters = fieldAt(object, 'spec', 'parameters');
  const kind = textOf(fieldAt(parameters, 'kind'));
  if (kind === undefined) return [];
  const isNamespaced = fieldAt(parameters, 'scope') === 'Namespace';
  const namespace = isNamespaced ? textOf(fieldAt(parameters, 'namespace')) : undefined;
  const field = 'spec.parameters.name';
  const reference = { rule: 'ingress', from: world.idOf(object), field, value: fieldAt(parameters, 'name') };
  return named(reference, textOf(fieldAt(parameters, 'apiGroup')) ?? '', kind, namespace);
}

function ingressEdges(object: KubernetesObject, world: World): Edge[] {
  const from = world.idOf(object);
  const spec = fieldAt(object, 'spec');
  const backends = [
    { value: fieldAt(spec, 'defaultBackend', 'service'), field: 'spec.defaultBackend.service' },
    ...listOf(fieldAt(spec, 'rules')).flatMap((rule, index) =>
      listOf(fieldAt(rule, 'http', 'paths')).map((path, at) => ({
        value: fieldAt(path, 'backend', 'service'),
        field: `spec.rules[${index}].http.paths[${at}].backend.service`,
      })),
    ),
  ];
  const secrets = listOf(fieldAt(spec, 'tls')).flatMap((entry, index): Edge[] => {
    const reference = { rule: 'ingress', from, field: `spec.tls[${index}].secretName`, value: fieldAt(entry, 'secretName') };
    return named(reference, '', 'Secret', object.metadata.namespace);
  });
  return [
    ...backends.flatMap(({ value, field }) => backendEdges(world, 'ingress', object, value, field)),
    ...secrets,
    ...classEdges(object, from),
  ];
}

/**
 * The annotation is older than `spec.ingressClassName` and still common; its value is by custom the name of the class.
 */
function classEdges(object: KubernetesObject, from: ObjectId): Edge[] {
  const annotation = 'kubernetes.io/ingress.class';
  const own = textOf(fieldAt(object, 'spec', 'ingressClassName'));
  const value = own ?? object.metadata.annotations?.[annotation];
  const field = own === undefined ? `metadata.annotations[${annotation}]` : 'spec.ingressClassName';
  return named({ rule: 'ingress', from, field, value }, 'networking.k8s.io', 'IngressClass');
}

/**
 * Edges to the Service that a reference names (`name`, and `namespace` where it is not the caller's own) and to all
 * that it selects.
 */
function backendEdges(world: World, rule: string, caller: KubernetesObject, reference: unknown, field: string): Edge[] {
  const name = textOf(fieldAt(reference, 'name'));
  if (name === undefined) return [];
  const from = world.idOf(caller);
  const namespace = textOf(fieldAt(reference, 'namespace')) ?? caller.metadata.namespace ?? '';
  const to = makeId('', 'Service', namespace, name);
  const called = { object: from, field: `${field}.name`, value: name };
  const behind = workloadsBehind(world, to, namespace).map((workload): Edge => {
    const evidence = [called, { object: to, field: 'spec.selector' }];
    return { from, to: workload, rule, evidence };
  });
  return [{ from, to, rule, evidence: [called] }, ...behind];
}

function workloadsBehind(world: World, service: ObjectId, namespace: string): ObjectId[] {
  const selector = textMapOf(fieldAt(world.byId(service), 'spec', 'selector'));
  // A Service without a selector has hand-made endpoints: it selects nothing, not everything.
  if (Object.keys(selector).length === 0) return [];
  return world.workloadsWithLabels(namespace, selector).map(({ id }) => id);
}
