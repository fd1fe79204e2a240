/**
 * What this process knows of image volumes in its cluster, kept current by watches: every replica has it, and answers
 * from memory. Only the leader finds anything out: see `prober.ts`.
 */
import type { Clock } from '../cluster/clock.ts';
import { dropManagedFields, Mirror } from '../cluster/mirror.ts';
import type { Cluster } from '../cluster/port.ts';
import type { Log } from '../log.ts';
import { idOfRef } from '../objects/identity.ts';
import type { ImageVolumes } from '../share/share.ts';
import { configMapKind, type Finding, type Findings, findingsName, readFindings } from './finding.ts';
import { judge, type Known } from './judge.ts';
import { factsOf, type NodeFacts, pruneNode } from './node.ts';
import { type Pool, poolsOf } from './pools.ts';

export type KnowledgeOptions = {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  /** Of the operator: where its ConfigMap is. */
  namespace: string;
};

/** An API server may be upgraded while we run. */
const versionEveryMs = 10 * 60_000;
const versionRetryMs = 5_000;

export class Knowledge {
  readonly #options: KnowledgeOptions;
  readonly #nodes: Mirror;
  readonly #findings: Mirror;
  readonly #listeners = new Set<() => void>();
  #version: string | undefined;
  #cached: Findings | undefined;
  #facts: readonly NodeFacts[] | undefined;
  /** What was found out here and is not to be read in the ConfigMap yet. */
  readonly #own = new Map<string, Finding>();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: KnowledgeOptions) {
    this.#options = options;
    const { cluster, log, namespace } = options;
    const trouble = (what: string) => (error: Error | undefined) =>
      error &&
      log.warn(
        { error: error.message },
        `${what} cannot be watched at present: shares with mode auto go by what was known before`,
      );
    this.#nodes = new Mirror(cluster, { apiVersion: 'v1', kind: 'Node' }, { prune: pruneNode, onTrouble: trouble('Nodes') });
    this.#findings = new Mirror(
      cluster,
      { ...configMapKind, namespace, fieldSelector: `metadata.name=${findingsName}` },
      { prune: dropManagedFields, onTrouble: trouble(`ConfigMap ${namespace}/${findingsName}`) },
    );
    this.#nodes.onChange(() => {
      this.#facts = undefined;
      this.#changed();
    });
    this.#findings.onChange(({ object }) => {
      this.#cached = undefined;
      const stored = readFindings(object);
      for (const [key, { at }] of this.#own) if ((stored.get(key)?.at ?? 0) >= at) this.#own.delete(key);
      this.#changed();
    });
    for (const mirror of [this.#nodes, this.#findings])
      mirror.whenSynced().then(
        () => this.#changed(),
        () => undefined,
      );
    void this.#askVersion();
  }

  /** True when everything has been read once. */
  get synced(): boolean {
    return this.#nodes.synced && this.#findings.synced && this.#version !== undefined;
  }

  /** Why something cannot be read at present. */
  get trouble(): Error | undefined {
    return this.#nodes.trouble ?? this.#findings.trouble;
  }

  /** Whether image volumes may be counted on for a Pod. From memory: it never waits. */
  imageVolumes(spec: Readonly<Record<string, unknown>>): ImageVolumes {
    return judge(this.known(), spec);
  }

  known(): Known {
    return {
      version: this.#version,
      nodes: this.#nodes.synced ? this.#all() : undefined,
      findings: this.findings(),
    };
  }

  pools(): Pool[] {
    return poolsOf(this.#all());
  }

  #all(): readonly NodeFacts[] {
    this.#facts ??= this.#nodes.all().map(factsOf);
    return this.#facts;
  }

  findings(): Findings {
    this.#cached ??= new Map([...readFindings(this.#findings.get(idOfRef(this.#ref()))), ...this.#own]);
    return this.#cached;
  }

  /** What was found out here and cannot be read in the ConfigMap yet. */
  get unwritten(): Findings {
    return this.#own;
  }

  /** Takes over what was found out here. It counts at once, and for this process even if it can never be written. */
  add(key: string, finding: Finding): void {
    this.#own.set(key, finding);
    this.#cached = undefined;
    this.#changed();
  }

  /** @returns a function that ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#nodes.close();
    this.#findings.close();
  }

  #ref() {
    return { ...configMapKind, namespace: this.#options.namespace, name: findingsName };
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  async #askVersion(): Promise<void> {
    const { cluster, clock, log } = this.#options;
    let waitMs = versionEveryMs;
    try {
      const version = await cluster.version();
      const isNew = version !== this.#version;
      this.#version = version;
      if (isNew) this.#changed();
    } catch (error) {
      log.debug({ error: String(error) }, 'the version of the API server could not be read');
      waitMs = this.#version === undefined ? versionRetryMs : versionEveryMs;
    }
    if (!this.#closed) this.#cancel = clock.after(waitMs, () => void this.#askVersion());
  }
}
