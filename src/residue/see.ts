/**
 * What a snapshot keeps of one object. Of ten thousand foreign objects most are alike: labels, paths of fields and
 * names of managers are the same again and again, and are kept once.
 */
import type { KindInfo } from '../cluster/port.ts';
import { fieldAt, listOf, textMapOf, textOf, textsOf } from '../objects/fields.ts';
import { idOf, makeId, type ObjectId, refOf } from '../objects/identity.ts';
import { resourceName } from '../objects/kind-names.ts';
import { managedEntriesOf, pathsOfFields } from '../objects/managed-fields.ts';
import { helmResourcePolicyAnnotation, keepAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { programsOf } from '../objects/programs.ts';
import { subjectsIn } from '../objects/rbac.ts';
import type { SeenObject, Writer } from './snapshot.ts';

export const releaseNameMark = 'meta.helm.sh/release-name';
export const releaseNamespaceMark = 'meta.helm.sh/release-namespace';
export const hookMark = 'helm.sh/hook';

/** Annotations whose values are kept. */
const marks = [releaseNameMark, releaseNamespaceMark, hookMark, helmResourcePolicyAnnotation, keepAnnotation];

/**
 * Fields of one writer that are kept: more are no better evidence, and the writer of an object decides how many it has.
 */
const mostFields = 400;

const withPrograms = new Set(['apps/Deployment', 'apps/DaemonSet', 'apps/StatefulSet']);
const withBackends = new Set([
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiregistration.k8s.io/APIService',
]);
const withAccounts = new Set(['rbac.authorization.k8s.io/RoleBinding', 'rbac.authorization.k8s.io/ClusterRoleBinding']);

export class Seer {
  readonly #texts = new Map<string, string>();
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();
  readonly #fields = new Map<string, readonly string[]>();

  /** Few kinds, with few objects, say in their bodies what no metadata says. */
  static needsBody({ group, kind }: Pick<KindInfo, 'group' | 'kind'>): boolean {
    return [withPrograms, withBackends, withAccounts].some((kinds) => kinds.has(`${group}/${kind}`));
  }

  /** Undefined for what has no UID: it is stored nowhere. */
  see(object: KubernetesObject, info: KindInfo): SeenObject | undefined {
    const { metadata } = object;
    const { group, kind } = info;
    const { uid } = metadata;
    if (uid === undefined) return undefined;
    const annotations = textMapOf(metadata.annotations);
    const key = `${group}/${kind}`;
    return {
      id: idOf(object),
      ref: { ...refOf(object), apiVersion: this.#text(object.apiVersion), kind: this.#text(kind), uid },
      resource: this.#text(resourceName(info)),
      ...optional('resourceVersion', metadata.resourceVersion),
      ...optional('createdAt', metadata.creationTimestamp),
      ...optional('terminatingSince', metadata.deletionTimestamp),
      owners: listOf(metadata.ownerReferences).flatMap((owner) => textOf(fieldAt(owner, 'uid')) ?? []),
      labels: this.#map(textMapOf(metadata.labels)),
      annotations: Object.keys(annotations).map((each) => this.#text(each)),
      marks: this.#map(
        Object.fromEntries(marks.flatMap((each) => (annotations[each] === undefined ? [] : [[each, annotations[each]]]))),
      ),
      finalizers: textsOf(metadata.finalizers).map((each) => this.#text(each)),
      writers: this.#writersOf(object),
      ...(withPrograms.has(key) && { programs: programNamesOf(object), images: imagesOf(object) }),
      ...(withBackends.has(key) && { backends: backendsOf(object) }),
      ...(withAccounts.has(key) && { accounts: accountsOf(object) }),
    };
  }

  #writersOf({ metadata }: KubernetesObject): Writer[] {
    return managedEntriesOf(metadata).map(({ manager, subresource, time, fields }) => ({
      manager: this.#text(manager),
      ...(subresource !== undefined && { subresource: this.#text(subresource) }),
      ...optional('time', time),
      fields: subresource === 'status' ? none : this.#paths(fields),
    }));
  }

  #paths(fields: unknown): readonly string[] {
    const key = JSON.stringify(fields) ?? '';
    const known = this.#fields.get(key);
    if (known) return known;
    const paths = pathsOfFields(fields, mostFields).map((path) => this.#text(path));
    if (this.#fields.size < mostRemembered) this.#fields.set(key, paths);
    return paths;
  }

  #map(map: Record<string, string>): Readonly<Record<string, string>> {
    const key = JSON.stringify(map);
    const known = this.#labels.get(key) ?? map;
    if (this.#labels.size < mostRemembered) this.#labels.set(key, known);
    return known;
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < mostRemembered) this.#texts.set(text, text);
    return text;
  }
}

const none: readonly string[] = [];

/** Where nothing is alike, remembering would cost more than it saves. */
const mostRemembered = 20_000;

/** The programs of a workload, those of its hooks too, and its own name: programs are called after all of them. */
export function programNamesOf(object: KubernetesObject): string[] {
  const template = podTemplateOf(object);
  if (!template) return [];
  const named = programsOf(template.spec, template.specPath).map(({ value }) => value);
  const hooks = listOf(template.spec.containers).flatMap((container) =>
    ['preStop', 'postStart'].flatMap((hook) => {
      const [program] = listOf(fieldAt(container, 'lifecycle', hook, 'exec', 'command'));
      return textOf(program)?.split('/').at(-1) ?? [];
    }),
  );
  return [...new Set([...named, ...hooks, object.metadata.name])];
}

/** `main=operator` of a container `main` with the image `registry.example/shop/operator:1.2`. */
export function imagesOf(object: KubernetesObject): string[] {
  const template = podTemplateOf(object);
  return listOf(template?.spec.containers).flatMap((container) => {
    const image = textOf(fieldAt(container, 'image'))?.split('@')[0]?.split('/').at(-1)?.split(':')[0];
    return image === undefined ? [] : [`${textOf(fieldAt(container, 'name')) ?? ''}=${image}`];
  });
}

function backendsOf(object: KubernetesObject): ObjectId[] {
  const services = [
    ...listOf(object.webhooks).map((webhook) => fieldAt(webhook, 'clientConfig', 'service')),
    fieldAt(object, 'spec', 'service'),
  ];
  return services.flatMap((service) => {
    const [namespace, name] = [textOf(fieldAt(service, 'namespace')), textOf(fieldAt(service, 'name'))];
    return namespace !== undefined && name !== undefined ? [makeId('', 'Service', namespace, name)] : [];
  });
}

/** Nothing, if it binds anybody else too. */
function accountsOf(binding: KubernetesObject): ObjectId[] {
  const all = subjectsIn(binding).map(({ accounts: { namespace, name } = {} }) =>
    namespace && name ? makeId('', 'ServiceAccount', namespace, name) : undefined,
  );
  return all.includes(undefined) ? [] : all.flatMap((id) => id ?? []);
}

function optional<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: string };
}
