/**
 * Switches the guard of the chart: policies that refuse to delete what the operator needs. They have exact names and
 * no parameters, so they cost other requests nothing; in exchange somebody has to say when they hold. That is while a
 * ClusterOperator with our finalizer exists.
 *
 * The action of a binding is level-triggered: an upgrade of the release sets it back, which is noticed and put right.
 * A binding that is gone stays gone: somebody has overridden the guard.
 */
import type { Clock } from '../cluster/clock.ts';
import { Mirror } from '../cluster/mirror.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { fieldAt, textsOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';

export type Guard = {
  /** From now on the guard refuses. API servers take the change up within a second. */
  engage(): Promise<void>;
  /**
   * From now on the guard lets everything pass. API servers take that up within a second, too: the uninstall hook waits
   * for it, by deleting a ConfigMap that the guard keeps.
   */
  relax(): Promise<void>;
  /** Leaves the guard as it is: another replica leads. */
  forget(): void;
  /** Ends all watches. */
  close(): void;
};

export type GuardOptions = {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  /** Names of the ValidatingAdmissionPolicyBindings. */
  bindings: readonly string[];
};

type Action = 'Deny' | 'Audit';

const bindingKind = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
} as const;

/**
 * A tool that keeps the cluster like its source may insist on another action. We insist ever more rarely, and never
 * end.
 */
const insisting = { firstMs: 1_000, longestMs: 60_000, quietMs: 300_000 };

export function guardOf(options: GuardOptions): Guard {
  return new BindingGuard(options);
}

class BindingGuard implements Guard {
  readonly #options: GuardOptions;
  readonly #mirrors = new Map<string, Mirror>();
  #wanted: Action | undefined;
  #timer: (() => void) | undefined;
  /** One change after the other, so that the last that was wanted is the last that is written. */
  #queue = Promise.resolve();
  #last = { at: Number.NEGATIVE_INFINITY, waitMs: insisting.firstMs };

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  async engage(): Promise<void> {
    const isSet = this.#wanted === 'Deny' && this.#mirrors.values().every((mirror) => mirror.synced && allHave(mirror, 'Deny'));
    if (!isSet) await this.#want('Deny');
  }

  async relax(): Promise<void> {
    await this.#want('Audit');
  }

  forget(): void {
    this.#wanted = undefined;
    this.#timer?.();
    this.#timer = undefined;
  }

  close(): void {
    this.forget();
    for (const mirror of this.#mirrors.values()) mirror.close();
    this.#mirrors.clear();
  }

  async #want(action: Action): Promise<void> {
    this.#wanted = action;
    this.#watch();
    try {
      await this.#set(action);
    } catch (error) {
      this.#insist();
      throw error;
    }
  }

  /** Watched only by the replica that leads. */
  #watch(): void {
    if (this.#mirrors.size > 0) return;
    for (const name of this.#options.bindings) {
      const mirror = new Mirror(this.#options.cluster, { ...bindingKind, fieldSelector: `metadata.name=${name}` });
      mirror.onChange(({ object }) => object && this.#wanted && !has(object, this.#wanted) && this.#insist());
      this.#mirrors.set(name, mirror);
    }
  }

  #insist(): void {
    const { clock, log } = this.#options;
    if (this.#timer || this.#wanted === undefined) return;
    const since = clock.now() - this.#last.at;
    const waitMs = since > insisting.quietMs ? insisting.firstMs : this.#last.waitMs;
    this.#last = { at: clock.now(), waitMs: Math.min(insisting.longestMs, 2 * waitMs) };
    this.#timer = clock.after(waitMs, () => {
      this.#timer = undefined;
      if (this.#wanted === undefined) return;
      this.#set(this.#wanted).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'the guard could not be set; Bookend retries');
        this.#insist();
      });
    });
  }

  #set(action: Action): Promise<void> {
    const turn = this.#queue.then(() => this.#write(action));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #write(action: Action): Promise<void> {
    await Promise.all(this.#options.bindings.map((name) => this.#writeOne(name, action)));
  }

  async #writeOne(name: string, action: Action): Promise<void> {
    const { cluster, log } = this.#options;
    const ref = { ...bindingKind, name };
    // The watch may show what was before our own last change: only what it shows as wrong is believed.
    const shown = this.#mirrors.get(name)?.all()[0];
    const binding = shown && !has(shown, action) ? shown : await cluster.get(ref);
    if (!binding || has(binding, action) || this.#wanted !== action) return;
    try {
      await cluster.patch(ref, { type: 'merge', value: { spec: { validationActions: [action] } } });
      log.info({ binding: name }, action === 'Deny' ? 'the guard is engaged' : 'the guard is relaxed');
    } catch (error) {
      if (!isCode(error, 'not-found')) throw error;
    }
  }
}

/** Helm 4 merges its own action into the list, which changes nothing: any Deny denies. */
function has(binding: KubernetesObject, action: Action): boolean {
  const denies = textsOf(fieldAt(binding.spec, 'validationActions')).includes('Deny');
  return denies === (action === 'Deny');
}

function allHave(mirror: Mirror, action: Action): boolean {
  return mirror.all().every((binding) => has(binding, action));
}
