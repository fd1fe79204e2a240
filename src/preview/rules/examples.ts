/** Pieces that the examples of several rules have in common. */

/** A Deployment with nothing special. */
export function deployment(name: string, podSpec = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
${podSpec === '' ? '' : `      ${podSpec}\n`}      containers: [{name: main, image: registry.example.com/${name}:1}]
`;
}

export function widgetCrd(metadata = ''): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com${metadata}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;
}

/** What answers for a webhook: a Deployment behind a Service. */
export const webhookServer = `apiVersion: v1
kind: Service
metadata: {name: widget-webhook, namespace: shop}
spec: {selector: {app: widget-webhook}, ports: [{port: 443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: widget-webhook, namespace: shop}
spec:
  selector: {matchLabels: {app: widget-webhook}}
  template:
    metadata: {labels: {app: widget-webhook}}
    spec: {containers: [{name: webhook, image: registry.example.com/widget-webhook:1}]}
`;

export const keepAnnotations = ', annotations: {helm.sh/resource-policy: keep}';
