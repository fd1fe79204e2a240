/** The objects that the contract tests work with: small, without any controller of their own that would interfere. */
import assert from 'node:assert/strict';
import { type ErrorCode, type ErrorDetails, isCode } from '../../errors.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef, OwnerReference } from '../../objects/object.ts';
import type { Query } from '../port.ts';
import type { Subject } from './subject.ts';

export const manager = 'bookend-contract';
export const hold = 'contract.bookend.dev/hold';

/** Kubernetes puts a ConfigMap of its own into every namespace: this label tells the tests' ones apart. */
const suite = { suite: 'contract' };

export function configMap(namespace: string, name: string, more: Sample = {}): KubernetesObject {
  const { labels, finalizers, owners, data } = more;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: { ...suite, ...labels },
      ...(finalizers && { finalizers }),
      ...(owners && { ownerReferences: owners }),
    },
    ...(data && { data }),
  };
}

type Sample = {
  labels?: Record<string, string>;
  finalizers?: string[];
  owners?: OwnerReference[];
  data?: Record<string, string>;
};

/** The ConfigMaps that the test itself made. */
export function ourConfigMaps(namespace: string, more: Partial<Query> = {}): Query {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: 'suite=contract', ...more };
}

export function configMapRef(namespace: string, name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

export function ownedBy(owner: KubernetesObject, blockOwnerDeletion = true): OwnerReference {
  const { apiVersion, kind, name, uid = '' } = refOf(owner);
  return { apiVersion, kind, name, uid, blockOwnerDeletion };
}

/** The API group of this test's own custom resource, unique to its namespace. */
export function widgetGroup(namespace: string): string {
  return `${namespace}.contract.bookend.dev`;
}

export function widget(namespace: string, name: string, spec: Record<string, unknown> = { size: 1 }): KubernetesObject {
  return { apiVersion: `${widgetGroup(namespace)}/v1`, kind: 'Widget', metadata: { name, namespace }, spec };
}

export function widgetDefinition(namespace: string): KubernetesObject {
  const group = widgetGroup(namespace);
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } },
          },
        },
      ],
    },
  };
}

/** Creates the custom resource's kind, has `body` use it and removes it again, whatever happens. */
export async function withWidgets(subject: Subject, body: () => Promise<void>): Promise<void> {
  const { cluster, namespace, until } = subject;
  const definition = await cluster.create(widgetDefinition(namespace));
  try {
    await until(async () => (await cluster.kind(`${widgetGroup(namespace)}/v1`, 'Widget')) !== undefined);
    // Discovery may name a kind a moment before it can be written.
    await until(() =>
      cluster.list({ apiVersion: `${widgetGroup(namespace)}/v1`, kind: 'Widget', namespace }).then(
        () => true,
        () => false,
      ),
    );
    await body();
  } finally {
    await cluster.delete(refOf(definition));
  }
}

/** What `assert.rejects` is to find in an error: its code, these details, and words of its message. */
export function failure(code: ErrorCode, details: ErrorDetails = {}, ...words: (string | RegExp)[]): (error: unknown) => true {
  return (error) => {
    assert.ok(isCode(error, code), String(error));
    assert.partialDeepStrictEqual(error.details, details);
    for (const word of words) assert.ok(error.message.search(word) >= 0, `${word} in ${error.message}`);
    return true;
  };
}

export function names(objects: KubernetesObject[]): string[] {
  return objects.map((object) => object.metadata.name).sort();
}

/** A query's `keep`: of the object called `two` its kind and metadata, of any other nothing. */
export function onlyTwo({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject | undefined {
  return metadata.name === 'two' ? { apiVersion, kind, metadata } : undefined;
}
