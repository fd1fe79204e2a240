/**
 * Reads a live cluster for a preview: only reads, no list twice, no body where metadata is enough, never the value of a
 * Secret. What may not be looked at is noted in words: nothing is ever concluded from a list that was refused.
 */
import { inTurns, listsAtOnce } from '../cluster/in-turns.ts';
import { readNamed } from '../cluster/named-reads.ts';
import type { Cluster, KindInfo, Query } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { referencesOnly } from '../graph/rules/reference.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { isConvertedByWebhook } from '../objects/served-versions.ts';
import { kindDefinedBy } from '../teardown/survey.ts';
import { slim } from './secrets.ts';

type Place = Pick<Query, 'apiVersion' | 'kind' | 'namespace'>;

/** Told after each list how far the reading has come. */
export type OnRead = (read: { lists: number; objects: number }) => void;

export class Reader {
  readonly notSeen = new Set<string>();
  /** Where to look when a list of all namespaces is refused: many may read their own and no other. */
  own: readonly string[] = [];
  readonly #cluster: Cluster;
  #kinds: readonly KindInfo[];
  readonly #lists = new Map<string, Promise<KubernetesObject[]>>();
  readonly #onRead: OnRead;
  /** What custom resources name is read too, and not their metadata alone. */
  references = false;
  readonly #read = { lists: 0, objects: 0 };

  private constructor(cluster: Cluster, kinds: readonly KindInfo[], missing: readonly string[], onRead: OnRead) {
    this.#cluster = cluster;
    this.#kinds = kinds;
    this.#onRead = onRead;
    for (const group of missing) this.notSeen.add(`API group ${group} does not answer: what it serves is not known`);
  }

  /** @throws BookendError unreachable, throttled, unauthorized: the cluster does not tell what it serves. */
  static async of(cluster: Cluster, onRead: OnRead = () => {}): Promise<Reader> {
    const { kinds, missing } = await cluster.kinds();
    return new Reader(cluster, kinds, missing, onRead);
  }

  get kinds(): readonly KindInfo[] {
    return this.#kinds;
  }

  /**
   * Reads custom resources that a webhook converts at the version at which they are stored: nothing else can be read
   * while that webhook is dead.
   */
  avoidConversion(objects: readonly KubernetesObject[]): void {
    const stored = new Map(
      objects.filter(isConvertedByWebhook).flatMap((crd) => {
        const kind = kindDefinedBy(crd);
        return kind ? [[`${groupOf(kind.apiVersion)}/${kind.kind}`, kind.apiVersion] as const] : [];
      }),
    );
    this.#kinds = this.#kinds.map((kind) => ({
      ...kind,
      apiVersion: stored.get(`${kind.group}/${kind.kind}`) ?? kind.apiVersion,
    }));
  }

  kind(group: string, kind: string): KindInfo | undefined {
    return this.#kinds.find((each) => each.group === group && each.kind === kind);
  }

  version(): Promise<string> {
    return this.#cluster.version();
  }

  /** Everything that the queries match, slim. */
  async listAll(queries: readonly Query[]): Promise<KubernetesObject[]> {
    return (await inTurns(listsAtOnce, queries, (query) => this.#list(query))).flat();
  }

  /** The objects as they are now, those that exist. Of Secrets and ConfigMaps only the metadata. */
  async getAll(refs: readonly ObjectRef[]): Promise<KubernetesObject[]> {
    const found = await readNamed(this.#cluster, refs, {
      metadataOnly: ({ apiVersion, kind }) => bodiless.has(`${groupOf(apiVersion)}/${kind}`),
      onRefused: (ref, error) => this.#noteRefused(ref, error),
    });
    return [...found.values()].map(slim);
  }

  /** @throws BookendError unreachable, throttled: without this list nothing can be said at all. */
  #list(query: Query): Promise<KubernetesObject[]> {
    const { apiVersion, kind, namespace = '', labelSelector = '', fieldSelector = '', metadataOnly = false } = query;
    const key = [apiVersion, kind, namespace, labelSelector, fieldSelector, metadataOnly].join(' ');
    const known =
      this.#lists.get(key) ??
      this.#ask(
        query,
        async () => this.#counted((await this.#cluster.list(this.#slimmed(query))).items),
        (refused) => this.#listOwn(query, refused),
      );
    this.#lists.set(key, known);
    return known;
  }

  /** Each object is made slim as it arrives: only a page of whole ones is ever held. */
  #slimmed(query: Query): Query {
    const { metadataOnly, ...whole } = query;
    const isCustom = !isBuiltInGroup(groupOf(query.apiVersion));
    if (!this.references || !metadataOnly || !isCustom) return { ...query, keep: slim };
    return { ...whole, keep: (object) => slim(referencesOnly(object)) };
  }

  #counted(items: KubernetesObject[]): KubernetesObject[] {
    this.#read.lists += 1;
    this.#read.objects += items.length;
    this.#onRead({ ...this.#read });
    return items;
  }

  /** What may be read of a list that was refused as a whole. */
  async #listOwn(query: Query, refused: string): Promise<KubernetesObject[]> {
    const { own } = this;
    const kind = this.#kinds.find((each) => each.apiVersion === query.apiVersion && each.kind === query.kind);
    if (query.namespace !== undefined || !kind?.namespaced || own.length === 0) {
      this.notSeen.add(`${this.#nameOf(query)}: ${refused}`);
      return [];
    }
    this.notSeen.add(`${this.#nameOf(query)}${outsideOf(own)}: ${refused}`);
    const lists: KubernetesObject[][] = [];
    for (const namespace of own) lists.push(await this.#list({ ...query, namespace }));
    return lists.flat();
  }

  async #ask(
    what: Place,
    ask: () => Promise<KubernetesObject[]>,
    whenForbidden: (refused: string) => Promise<KubernetesObject[]>,
  ): Promise<KubernetesObject[]> {
    try {
      return await ask();
    } catch (error) {
      if (isCode(error, 'not-found')) return [];
      if (isCode(error, 'forbidden')) return whenForbidden(error.message);
      this.#noteRefused(what, error);
      return [];
    }
  }

  /** @throws what is no refusal */
  #noteRefused(what: Place, error: unknown): void {
    const isForeign = !isBuiltInGroup(groupOf(what.apiVersion));
    if (!isCode(error, 'forbidden', 'unsupported', 'invalid') && !(isForeign && isCode(error, 'unreachable'))) throw error;
    this.notSeen.add(`${this.#nameOf(what)}: ${error.message}`);
  }

  /** `widgets.example.com in namespace shop` */
  #nameOf({ apiVersion, kind, namespace }: Place): string {
    const group = groupOf(apiVersion);
    const resource = this.kind(group, kind)?.resource ?? kind;
    return `${resource}${group && `.${group}`}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
  }
}

/** Kinds whose bodies are never read. */
export const bodiless = new Set(['/Secret', '/ConfigMap']);

/**
 * Whether `notSeen` says that this resource could not be looked at there. @param resource `pods`,
 * `rolebindings.rbac.authorization.k8s.io`
 */
export function isHidden(notSeen: readonly string[], resource: string, namespace: string | undefined): boolean {
  return notSeen.some((text) => {
    if (!text.startsWith(`${resource}:`) && !text.startsWith(`${resource} `)) return false;
    const [, inside] = /^ in namespace ([^:]+): /.exec(text.slice(resource.length)) ?? [];
    const [, outside] = /^ outside of ([^:]+): /.exec(text.slice(resource.length)) ?? [];
    if (inside !== undefined) return namespace === undefined || inside === namespace;
    return outside === undefined || namespace === undefined || !outside.split(', ').includes(namespace);
  });
}

function outsideOf(namespaces: readonly string[]): string {
  return ` outside of ${namespaces.join(', ')}`;
}
