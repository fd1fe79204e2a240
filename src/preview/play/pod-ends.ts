/**
 * The last seconds of each Pod: when it stopped, what its hook came to, what its account had lost by then, and what it
 * used that went before it.
 */

import type { Change, Stored } from '../../cluster/simulated/api/store.ts';
import type { Environment } from '../../cluster/simulated/controllers/environment.ts';
import type { LifeEvent } from '../../cluster/simulated/index.ts';
import { annotations } from '../../cluster/simulated/index.ts';
import { podReferences } from '../../knowledge/pod-references.ts';
import type { PreStopPlan } from '../../knowledge/pre-stop.ts';
import { fieldAt, mapOf, textOf } from '../../objects/fields.ts';
import { idOf, idOfRef, type ObjectId } from '../../objects/identity.ts';
import { controllerOf } from '../../objects/owners.ts';
import type { Loss } from './losses.ts';
import type { PodEnd } from './outcome.ts';

type Track = { end: PodEnd; plan?: PreStopPlan; uses: Set<string>; ended: boolean };

export class PodEnds {
  readonly #env: Environment;
  readonly #startedAt: number;
  readonly #planOf: (pod: Stored) => PreStopPlan | undefined;
  readonly #tracks = new Map<string, Track>();
  #read = 0;
  /** Of Pods that run, until one begins or ends. */
  #accounts: Set<string> | undefined;

  /** Begins with the Pods that there are. */
  constructor(env: Environment, startedAt: number, planOf: (pod: Stored) => PreStopPlan | undefined) {
    this.#env = env;
    this.#startedAt = startedAt;
    this.#planOf = planOf;
    for (const pod of env.server.store.all('pods')) this.#track(pod);
  }

  /** The accounts of Pods that still run. */
  accounts(): ReadonlySet<string> {
    this.#readLife();
    if (this.#accounts === undefined) {
      this.#accounts = new Set();
      for (const { ended, end } of this.#tracks.values()) if (!ended) this.#accounts.add(end.account);
    }
    return this.#accounts;
  }

  changed({ type, kind, object }: Change): void {
    if (kind.key === 'pods' && type === 'added') this.#track(object);
    if (type !== 'deleted' || !usedKinds.has(kind.key)) return;
    this.#readLife();
    const key = `${kind.key}/${object.metadata.namespace}/${object.metadata.name}`;
    for (const { end, uses, ended } of this.#tracks.values())
      if (!ended && uses.has(key)) end.missed.push({ at: this.#now(), id: idOf(object) });
  }

  lost({ account, by, what }: Loss): void {
    this.#readLife();
    for (const { end, ended } of this.#tracks.values()) {
      if (ended || end.account !== account) continue;
      const known = end.lost.find((each) => each.by === by);
      if (known === undefined) end.lost.push({ at: this.#now(), by, what });
      else if (!known.what.includes(what)) known.what += `; ${what}`;
    }
  }

  /** All that stopped, lost or missed something; Pods that nothing happened to are no part of the story. */
  all(): PodEnd[] {
    this.#readLife();
    return [...this.#tracks.values()]
      .map(({ end }) => end)
      .filter(
        ({ stoppingAt, goneAt, lost, missed }) =>
          stoppingAt !== undefined || goneAt !== undefined || lost.length + missed.length > 0,
      );
  }

  #now(): number {
    return this.#env.clock.now() - this.#startedAt;
  }

  #track(pod: Stored): void {
    const plan = this.#planOf(pod);
    const account = `${pod.metadata.namespace}/${textOf(fieldAt(pod.spec, 'serviceAccountName')) ?? 'default'}`;
    const end: PodEnd = {
      pod: idOf(pod),
      uid: pod.metadata.uid,
      of: this.#makerOf(pod),
      account,
      ...(plan && { preStop: { containers: plan.containers, calls: plan.calls, outcome: 'not-run' } }),
      lost: [],
      missed: [],
    };
    this.#accounts = undefined;
    this.#tracks.set(pod.metadata.uid, { end, ...(plan && { plan }), uses: usesOf(pod), ended: false });
  }

  /** The topmost owner that is known. */
  #makerOf(pod: Stored): ObjectId {
    let current: Stored = pod;
    let id = idOf(pod);
    for (let depth = 0; depth < 10; depth++) {
      const owner = controllerOf(current) ?? current.metadata.ownerReferences?.[0];
      if (owner === undefined) break;
      const above = this.#env.server.store.byUid(owner.uid)?.object;
      id = above
        ? idOf(above)
        : idOfRef({ ...owner, ...(current.metadata.namespace && { namespace: current.metadata.namespace }) });
      if (above === undefined) break;
      current = above;
    }
    return id;
  }

  /** What the kubelet did since this was last asked. */
  #readLife(): void {
    const { events } = this.#env.life;
    for (; this.#read < events.length; this.#read++) {
      const event = events[this.#read];
      const track = event && this.#tracks.get(event.ref.uid ?? '');
      if (event === undefined || track === undefined) continue;
      const ran = !track.ended;
      note(track, event, event.at - this.#startedAt);
      if (ran && track.ended) this.#accounts = undefined;
    }
  }
}

function note(track: Track, { what, message }: LifeEvent, at: number): void {
  const { end } = track;
  if (what === 'stopping') end.stoppingAt ??= at;
  if (what === 'stopped') end.stoppedAt ??= at;
  if (what === 'stopped' || what === 'gone') track.ended = true;
  if (what === 'gone') end.goneAt = at;
  if (end.preStop === undefined) return;
  if (what === 'pre-stop-succeeded') end.preStop.outcome = 'succeeded';
  if (what === 'pre-stop-failed') {
    end.preStop.outcome = 'failed';
    if (message !== undefined) end.preStop.message = message;
  }
}

const usedKinds = new Set(['configmaps', 'secrets', 'persistentvolumeclaims']);

/** ConfigMaps, Secrets and claims that the Pod cannot do without. */
function usesOf({ metadata, spec }: Stored): Set<string> {
  const needed = podReferences(mapOf(spec)).filter((each) => each.in === 'volumes' && !each.isOptional);
  return new Set(needed.map(({ kind, name }) => `${kind.toLowerCase()}s/${metadata.namespace}/${name}`));
}

/** The annotations by which the simulated kubelet knows what a hook does. */
export function hookAnnotations({ ms, needs }: PreStopPlan): Record<string, string> {
  return { [annotations.preStopMs]: String(ms), ...(needs.length > 0 && { [annotations.preStopNeeds]: needs.join(',') }) };
}
