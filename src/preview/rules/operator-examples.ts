/** The operator of the examples, with its Widgets: deleted in the wrong order, and by a hook in the right one. */
import { account, deployment, documents, keepAnnotations, widget, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';
import type { Example } from './rule.ts';

const operator = documents(
  widgetCrd(keepAnnotations),
  account(
    'widget-operator',
    '{apiGroups: [example.com], resources: [widgets, widgets/status, widgets/finalizers], verbs: [get, list, watch, update, patch]}',
  ),
  deployment('widget-operator', 'serviceAccountName: widget-operator'),
);

export const operatorFirst: Example = {
  says: 'The Widget has a finalizer of the operator, and goes last.',
  yaml: documents(operator, widget(', finalizers: [example.com/cleanup]')),
};

export const resourcesFirst: Example = {
  says: 'A pre-delete hook deletes the Widgets while the operator lives.',
  yaml: documents(operator, widget(), hookOfExample({})),
};
