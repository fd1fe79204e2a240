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

export const keepAnnotations = ', annotations: {helm.sh/resource-policy: keep}';
