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

export function guardOf({ cluster, clock, log, bindings }: GuardOptions): Guard {
  const mirrors = new Map<string, Mirror>();
  let wanted: Action | undefined;
  let timer: (() => void) | undefined;
  /** One change after the other, so that the last that was wanted is the last that is written. */
  let queue = Promise.resolve();
  let last = { at: Number.NEGATIVE_INFINITY, waitMs: insisting.firstMs };

  /** Watched only by the replica that leads. */
  function watch(): void {
    if (mirrors.size > 0) return;
    for (const name of bindings) {
      const mirror = new Mirror(cluster, { ...bindingKind, fieldSelector: `metadata.name=${name}` });
      mirror.onChange(({ object }) => object && wanted && !has(object, wanted) && insist());
      mirrors.set(name, mirror);
    }
  }

  function insist(): void {
    if (timer || wanted === undefined) return;
    const since = clock.now() - last.at;
    const waitMs = since > insisting.quietMs ? insisting.firstMs : last.waitMs;
    last = { at: clock.now(), waitMs: Math.min(insisting.longestMs, 2 * waitMs) };
    timer = clock.after(waitMs, () => {
      timer = undefined;
      if (wanted === undefined) return;
      set(wanted).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'the guard could not be set; it is tried again');
        insist();
      });
    });
  }

  function tryAgain(error: unknown): never {
    insist();
    throw error;
  }

  function set(action: Action): Promise<void> {
    const turn = queue.then(() => write(action));
    queue = turn.catch(() => {});
    return turn;
  }

  async function write(action: Action): Promise<void> {
    for (const name of bindings) {
      const ref = { ...bindingKind, name };
      const binding = await cluster.get(ref);
      if (!binding || has(binding, action) || wanted !== action) continue;
      try {
        await cluster.patch(ref, { type: 'merge', value: { spec: { validationActions: [action] } } });
        log.info({ binding: name }, action === 'Deny' ? 'the guard is engaged' : 'the guard is relaxed');
      } catch (error) {
        if (!isCode(error, 'not-found')) throw error;
      }
    }
  }

  return {
    async engage() {
      const isSet = wanted === 'Deny' && [...mirrors.values()].every((mirror) => mirror.synced && allHave(mirror, 'Deny'));
      wanted = 'Deny';
      if (isSet) return;
      watch();
      await set('Deny').catch(tryAgain);
    },
    async relax() {
      wanted = 'Audit';
      watch();
      await set('Audit').catch(tryAgain);
    },
    forget() {
      wanted = undefined;
      timer?.();
      timer = undefined;
    },
    close() {
      this.forget();
      for (const mirror of mirrors.values()) mirror.close();
      mirrors.clear();
    },
  };
}

/** Helm 4 merges its own action into the list, which changes nothing: any Deny denies. */
function has(binding: KubernetesObject, action: Action): boolean {
  const denies = textsOf(fieldAt(binding.spec, 'validationActions')).includes('Deny');
  return denies === (action === 'Deny');
}

function allHave(mirror: Mirror, action: Action): boolean {
  return mirror.all().every((binding) => has(binding, action));
}
