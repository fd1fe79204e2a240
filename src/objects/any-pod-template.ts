/**
 * Pod templates of kinds that are not built in: those of projects that everybody knows, and of any custom resource
 * that looks like a Deployment. Only for whoever names the containers that are meant, as a share does: another kind
 * may hold anything at the same path (see `podTemplateOf`).
 */
import { BookendError } from '../errors.ts';
import { fieldAt, isMap, listOf, textMapOf, textOf } from './fields.ts';
import { groupOf } from './identity.ts';
import type { KubernetesObject } from './object.ts';
import { isWorkloadKind, type PodTemplate, podTemplateOf } from './pod-template.ts';

export type FieldPath = readonly (string | number)[];

export type AnyPodTemplate = PodTemplate & {
  /** `specPath` in its parts. */
  specAt: FieldPath;
};

/**
 * @param templatePath where the Pod template (or the Pod spec) stands, for kinds that keep it elsewhere:
 * `spec.jobTargetRef.template`
 * @throws BookendError `bad-input` for a path that is none
 * @example anyPodTemplateOf(rollout)?.specPath // spec.template.spec
 */
export function anyPodTemplateOf(object: KubernetesObject, templatePath?: string): AnyPodTemplate | undefined {
  if (templatePath !== undefined) return templateAt(object, segmentsOf(templatePath));
  const id = `${groupOf(object.apiVersion)}/${object.kind}`;
  if (isWorkloadKind(groupOf(object.apiVersion), object.kind)) return builtIn(object);
  const known = knownTemplates.get(id);
  if (known) return templateAt(object, known);
  return hasContainers(fieldAt(object, 'spec', 'template', 'spec')) ? templateAt(object, inTemplate) : undefined;
}

const inTemplate: FieldPath = ['spec', 'template'];
const inJobTemplate: FieldPath = ['spec', 'template', 'jobTemplate', 'spec', 'template'];

/** Those whose template does not stand at `spec.template`. */
const knownTemplates = new Map<string, FieldPath>([
  ['/PodTemplate', ['template']],
  ['apps.kruise.io/AdvancedCronJob', inJobTemplate],
  ['keda.sh/ScaledJob', ['spec', 'jobTargetRef', 'template']],
]);

function builtIn(object: KubernetesObject): AnyPodTemplate | undefined {
  const template = podTemplateOf(object);
  return template && { ...template, specAt: template.specPath.split('.') };
}

/** Of the holder of `metadata` and `spec`, or of the Pod spec itself. */
function templateAt(object: KubernetesObject, at: FieldPath): AnyPodTemplate | undefined {
  const holder = valueAt(object, at);
  const isSpec = hasContainers(holder);
  const specAt = isSpec ? at : [...at, 'spec'];
  const spec = isSpec ? holder : fieldAt(holder, 'spec');
  if (!isMap(spec)) return undefined;
  const outer = isSpec ? at.slice(0, -1) : at;
  const metadata = fieldAt(valueAt(object, outer), 'metadata');
  const account = textOf(spec.serviceAccountName) ?? textOf(spec.serviceAccount);
  const older = textOf(spec.serviceAccountName) === undefined && account !== undefined;
  return {
    spec,
    labels: textMapOf(fieldAt(metadata, 'labels')),
    annotations: textMapOf(fieldAt(metadata, 'annotations')),
    specPath: written(specAt),
    specAt,
    metadataPath: written([...outer, 'metadata']),
    serviceAccount: account ?? 'default',
    serviceAccountPath: `${written(specAt)}.${older ? 'serviceAccount' : 'serviceAccountName'}`,
  };
}

/** Knative names the only container by itself. */
function hasContainers(spec: unknown): spec is Record<string, unknown> {
  const containers = isMap(spec) ? listOf(spec.containers) : [];
  return (
    containers.length > 0 &&
    containers.every((each) => ['name', 'image'].some((field) => textOf(fieldAt(each, field)) !== undefined))
  );
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((at, part) => {
    if (typeof part === 'number') return listOf(at)[part];
    return isMap(at) && Object.hasOwn(at, part) ? at[part] : undefined;
  }, value);
}

/** As `kubectl explain` writes it: `spec.tasks[0].template`. */
function written(path: FieldPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    '',
  );
}

function segmentsOf(path: string): FieldPath {
  const bare = path.replace(/^\{?\.?/, '').replace(/\}$/, '');
  if (path.length > longestPath || !/^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*|\[\d{1,4}\])*$/.test(bare)) {
    const message = `${JSON.stringify(path.slice(0, 100))} is not a field path`;
    throw new BookendError('bad-input', message, {
      advice: 'Write it as in kubectl explain: spec.jobTargetRef.template, or spec.tasks[0].template',
    });
  }
  return [...bare.matchAll(/\[(\d+)\]|([\w-]+)/g)].map(([, index, name]) => name ?? Number(index));
}

const longestPath = 500;
