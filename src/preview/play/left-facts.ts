/** What is looked up again and again when it is judged why an object is still there. */

import { podReferences } from '../../knowledge/pod-references.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { groupOf, idOf, makeId, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Tool } from '../../uninstall/scenario.ts';
import type { DeleteStep, ToolStep } from '../../uninstall/step.ts';
import type { PodEnd, Refused } from './outcome.ts';
import type { PlaySetup } from './setup.ts';

export type LeftInput = {
  subject: Subject;
  tool: Tool;
  setup: PlaySetup;
  serving: Serving;
  steps: readonly ToolStep[];
  refused: readonly Refused[];
  pods: readonly PodEnd[];
};

export type LeftFacts = LeftInput & {
  ours: ReadonlySet<ObjectId>;
  hooks: ReadonlySet<ObjectId>;
  crds: ReadonlySet<ObjectId>;
  /** `group/kind` of the subject's definitions. */
  kinds: ReadonlySet<string>;
  /** How the names of claims begin that StatefulSets of ours make. */
  claims: readonly { namespace: string; prefix: string; of: ObjectId }[];
  /** Secrets that Pods of ours use, each with a user. */
  secrets: ReadonlyMap<ObjectId, ObjectId>;
  /** The tool's DELETE calls. */
  calls: ReadonlyMap<ObjectId, DeleteStep>;
  /** Whether an object is a child of ours, by UID, as far as it was asked for. */
  known: Map<string, boolean>;
};

export function leftFactsOf(input: LeftInput): LeftFacts {
  const { subject } = input;
  const ids = (given: Subject['objects']) => new Set(given.map(({ object }) => idOf(object)));
  return {
    ...input,
    ours: ids(subject.objects),
    hooks: ids(subject.hooks),
    crds: ids(subject.crds),
    kinds: kindsOf([...subject.objects, ...subject.crds, ...subject.hooks].map(({ object }) => object)),
    claims: claimPrefixes(subject),
    secrets: secretsOf(subject),
    calls: new Map(input.steps.flatMap((step) => (step.what === 'delete' ? [[step.id, step] as const] : []))),
    known: new Map(),
  };
}

/** Made by Kubernetes for everything and everybody, and gone with their object or by themselves. */
export const neverLeft = new Set([
  'events',
  'leases.coordination.k8s.io',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'nodes',
  'controllerrevisions.apps',
]);

function kindsOf(objects: readonly KubernetesObject[]): Set<string> {
  return new Set(
    objects.filter(isCrd).map((crd) => `${textOf(fieldAt(crd.spec, 'group'))}/${textOf(fieldAt(crd.spec, 'names', 'kind'))}`),
  );
}

export function kindKey({ apiVersion, kind }: KubernetesObject): string {
  return `${groupOf(apiVersion)}/${kind}`;
}

/** `data-db-` of a StatefulSet db with the template data, unless it deletes its claims itself. */
function claimPrefixes({ objects }: Subject) {
  return objects.flatMap(({ object }) => {
    if (object.kind !== 'StatefulSet' || fieldAt(object.spec, 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete')
      return [];
    const templates = fieldAt(object.spec, 'volumeClaimTemplates');
    return (Array.isArray(templates) ? templates : []).map((template) => ({
      namespace: object.metadata.namespace ?? '',
      prefix: `${String(fieldAt(template, 'metadata', 'name'))}-${object.metadata.name}-`,
      of: idOf(object),
    }));
  });
}

/** Secrets that the Pods of ours mount or read, with who does. */
function secretsOf({ objects }: Subject): Map<ObjectId, ObjectId> {
  return new Map(
    objects.flatMap(({ object }) =>
      podReferences(podTemplateOf(object)?.spec ?? {})
        .filter(({ kind }) => kind === 'Secret')
        .map(({ name }) => [makeId('', 'Secret', object.metadata.namespace, name), idOf(object)] as const),
    ),
  );
}
