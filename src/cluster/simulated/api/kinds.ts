/**
 * The kinds that the simulated API server serves: the built-in ones, and those of CustomResourceDefinitions while they
 * are established.
 */
import { builtInKinds } from './built-in-kinds.ts';
import type { Kind } from './kind.ts';

export class Kinds {
  readonly #byKind = new Map<string, Kind>();
  readonly #byKey = new Map<string, Kind[]>();

  constructor() {
    for (const kind of builtInKinds) this.add(kind);
  }

  /** The kind in that version, or undefined when it is not served. */
  find(apiVersion: string, kind: string): Kind | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** The preferred version of a storage key such as `deployments.apps`. */
  byKey(key: string): Kind | undefined {
    return this.#byKey.get(key)?.[0];
  }

  /** The kind of a group in whatever version is preferred. */
  inGroup(group: string, kind: string): Kind | undefined {
    for (const [first] of this.#byKey.values()) if (first?.group === group && first.kind === kind) return first;
    return undefined;
  }

  /** Every kind that can be listed, once, at its preferred version. */
  listable(): Kind[] {
    return [...this.#byKey.values()].flatMap(([first]) => (first?.verbs.includes('list') ? [first] : []));
  }

  /**
   * Serves the kinds (versions) of a CustomResourceDefinition, in order of preference, in place of those that it gave
   * before.
   */
  serve(definition: string, kinds: Kind[]): void {
    this.withdraw(definition);
    for (const kind of kinds) this.add({ ...kind, definition });
  }

  /** Ends serving the kinds of a CustomResourceDefinition. */
  withdraw(definition: string): void {
    for (const [id, kind] of this.#byKind) {
      if (kind.definition !== definition) continue;
      this.#byKind.delete(id);
      this.#byKey.delete(kind.key);
    }
  }

  /** Serves one more kind, or one more version of a kind. */
  add(kind: Kind): void {
    this.#byKind.set(`${kind.apiVersion}/${kind.kind}`, kind);
    const versions = this.#byKey.get(kind.key);
    if (versions) versions.push(kind);
    else this.#byKey.set(kind.key, [kind]);
  }
}
