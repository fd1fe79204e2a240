/**
 * docs/reference/clusteroperator.md, from the CustomResourceDefinition that the chart installs and the registries of
 * the operator.
 */
import { conditionReasons, phases } from '../../../src/operator/reasons.ts';
import { clusterOperatorCrd } from '../../../src/resource/crd.ts';
import { blockerReasons } from '../../../src/teardown/blocker.ts';
import { code, page, table } from './markdown.ts';

/** The part of an OpenAPI schema that is shown. */
type Schema = {
  type?: string;
  format?: string;
  description?: string;
  enum?: string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
};

type Definition = {
  spec: {
    names: { shortNames: string[] };
    versions: {
      name: string;
      schema: { openAPIV3Schema: Schema };
      additionalPrinterColumns: { name: string; description: string; jsonPath: string; priority?: number }[];
    }[];
  };
};

export function clusterOperatorPage(): string {
  const { spec } = clusterOperatorCrd() as unknown as Definition;
  const [version] = spec.versions;
  if (!version) return '';
  const { openAPIV3Schema: root } = version.schema;
  return page(
    'ClusterOperator',
    'src/resource/cluster-operator.ts',
    [
      `\`bookend.dev/${version.name}\`, cluster-scoped. Short name: ${spec.names.shortNames.map(code).join(', ')}. In the cluster: \`kubectl explain clusteroperators.bookend.dev.spec\`.`,
      root.description ?? '',
    ].join('\n'),
    '## spec',
    fieldTable('spec', root.properties?.spec),
    '## Validation by the API server',
    table(
      ['Where', 'Rule', 'Message'],
      rulesOf(root, '').map(({ path, rule, message }) => [code(path || '.'), code(rule), message]),
    ),
    'The operator checks the rest before it changes anything. It reports an error in the conditions, with the path of the field.',
    '## status',
    fieldTable('status', root.properties?.status),
    '## Phases',
    table(
      ['Phase', 'Meaning'],
      Object.entries(phases).map(([phase, means]) => [code(phase), means]),
    ),
    '## Conditions',
    [
      'kstatus reads three conditions: `Ready` (everything is installed and ready), `Reconciling` (work is in progress), `Stalled` (somebody has to fix something first).',
      'All three have the current reason and message. `Reconciling` and `Stalled` have the reason `NotReconciling` or `NotStalled` and no message while they are False.',
      'During a teardown `Reconciling` is always True.',
    ].join('\n'),
    table(
      ['Reason', 'Condition that is True', 'Meaning'],
      Object.entries(conditionReasons).map(([reason, { true: which, means }]) => [code(reason), which, means]),
    ),
    '## Reasons of blockers',
    'In `status.teardown.objects`, in the documents of `-o json`, and in `why`. `waitsFor` names the object that holds the other one up.',
    table(
      ['Reason', 'Meaning'],
      Object.entries(blockerReasons).map(([reason, means]) => [code(reason), means]),
    ),
    '## Columns of kubectl get',
    table(
      ['Column', 'From', 'Meaning'],
      version.additionalPrinterColumns.map(({ name, description, jsonPath, priority = 0 }) => [
        priority > 0 ? `${name} (\`-o wide\`)` : name,
        code(jsonPath),
        description,
      ]),
    ),
  );
}

function fieldTable(name: string, schema: Schema | undefined): string {
  const rows = fieldsOf(name, schema ?? {}, false);
  return table(
    ['Field', 'Type', 'Required', 'Description'],
    rows.map(({ path, schema: field, required }) => [code(path), typeOf(field), required ? 'yes' : '', descriptionOf(field)]),
  );
}

type Field = { path: string; schema: Schema; required: boolean };

/** The fields below, depth first. An array's description is shown with the array, that of its items with them. */
function fieldsOf(path: string, schema: Schema, withSelf = true): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): Field[] => {
    const here = `${path}.${name}`;
    if (withSelf && (name === 'apiVersion' || name === 'kind') && path.endsWith('objects[]')) return [];
    const required = schema.required?.includes(name) ?? false;
    const below = field.items ? fieldsOf(`${here}[]`, field.items) : fieldsOf(here, field);
    return [{ path: here, schema: field, required }, ...below];
  });
}

function typeOf({ type = 'object', format, items }: Schema): string {
  if (type === 'array') return `[]${typeOf(items ?? {})}`;
  return format ? `${type} (${format})` : type;
}

function descriptionOf({ description = '', items, ...schema }: Schema): string {
  const limits = [
    ...(schema.enum ? [`One of ${schema.enum.map(code).join(', ')}.`] : []),
    ...(schema.pattern ? [`Matches ${code(schema.pattern)}.`] : []),
    ...(schema.minLength !== undefined && schema.minLength > 1 ? [`At least ${schema.minLength} characters.`] : []),
    ...(schema.maxLength !== undefined ? [`At most ${schema.maxLength} characters.`] : []),
    ...(schema.minItems !== undefined ? [`At least ${schema.minItems}.`] : []),
    ...(schema.maxItems !== undefined ? [`At most ${schema.maxItems}.`] : []),
  ];
  return [description, items?.description ?? '', ...limits].filter(Boolean).join(' ');
}

function rulesOf(schema: Schema, path: string): { path: string; rule: string; message: string }[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) => ({ path, rule, message }));
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    rulesOf(field, path ? `${path}.${name}` : name),
  );
  const items = schema.items ? rulesOf(schema.items, `${path}[]`) : [];
  return [...own, ...below, ...items];
}
