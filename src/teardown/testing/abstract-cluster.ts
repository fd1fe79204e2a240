/**
 * A cluster as small as it can be and still hurt: objects, their Pods and children, and events that happen in any order
 * whatsoever. What is seen of it lags behind, for each object by its own measure. The property tests of `decide` run
 * against it.
 */
import type { ObjectId } from '../../objects/identity.ts';
import type { Plan, PlanStep } from '../../plan/plan.ts';
import type { Action } from '../decide.ts';
import { isCustomResource, isWorkload } from '../kinds.ts';
import type { Seen, SeenObject, SeenPod, SeenStep } from '../seen.ts';

/** One step's part of the cluster at one moment. */
type Cell = {
  object: 'living' | 'terminating' | 'gone';
  pods: ('running' | 'stopping')[];
  children: ('living' | 'terminating')[];
  /** Its owner let go of what is left. */
  orphaned: boolean;
};

export type Makeup = {
  pods: number;
  children: number;
  /** Its object does not wait for what it owns (`blockOwnerDeletion: false`). */
  loose: boolean;
  /** Somebody deletes it with `--cascade=orphan` at some time. */
  orphan: boolean;
};

export class AbstractCluster {
  readonly #plan: Plan;
  readonly #makeup: ReadonlyMap<ObjectId, Makeup>;
  readonly #cells = new Map<ObjectId, Cell>();
  /** Every state that each step was in, and up to which of them the watches have told. */
  readonly #history = new Map<ObjectId, { cells: Cell[]; told: number }>();
  readonly #confirmed = new Set<ObjectId>();
  readonly #refused = new Set<ObjectId>();
  readonly #deletable: (id: ObjectId) => void;

  /** @param onDelete called with each step at the moment when its object's deletion is accepted */
  constructor(plan: Plan, makeup: ReadonlyMap<ObjectId, Makeup>, onDelete: (id: ObjectId) => void) {
    this.#plan = plan;
    this.#makeup = makeup;
    this.#deletable = onDelete;
    for (const { id, ref } of this.#objects()) {
      const { pods, children } = this.#of(id);
      const hasPods = isWorkload(ref) && ref.kind !== 'Pod';
      const cell: Cell = {
        object: 'living',
        pods: hasPods ? Array.from({ length: pods }, () => 'running') : [],
        children: isCustomResource(ref) ? Array.from({ length: children }, () => 'living') : [],
        orphaned: false,
      };
      this.#cells.set(id, cell);
      this.#history.set(id, { cells: [cell], told: 0 });
    }
  }

  /** True when nothing of the step is left in truth. */
  isGone(id: ObjectId): boolean {
    const cell = this.#cells.get(id);
    return !cell || (cell.object === 'gone' && cell.pods.length === 0 && cell.children.length === 0);
  }

  get seen(): Seen {
    const steps = new Map<ObjectId, SeenStep>();
    for (const step of this.#objects()) steps.set(step.id, this.#seenOf(step));
    return { synced: true, steps };
  }

  /**
   * An action that reaches the API server. `outcome`: it is carried out and answered, carried out without an answer, or
   * refused.
   */
  act(action: Action, outcome: 'done' | 'lost' | 'refused'): void {
    const { step: id } = action;
    if (outcome === 'refused') {
      this.#refused.add(id);
      return;
    }
    if (outcome === 'done') this.#refused.delete(id);
    if (action.type === 'look') return;
    if (action.type === 'confirm') {
      if (this.isGone(id) && outcome === 'done') this.#confirmed.add(id);
      return;
    }
    const cell = this.#cells.get(id);
    if (action.type !== 'delete' || !cell) return;
    const [what, index] = action.target.uid.split('#').slice(1);
    if (what === 'object') this.#deleteObject(id, cell);
    else if (what === 'pod') this.#change(id, { pods: cell.pods.map((pod, at) => (at === Number(index) ? 'stopping' : pod)) });
    else this.#change(id, { children: cell.children.map((child, at) => (at === Number(index) ? 'terminating' : child)) });
  }

  /** Lets one thing happen, chosen by `choice` among all that can. False when nothing can happen any more. */
  happen(choice: number): boolean {
    const events = this.#objects().flatMap((step) => this.#events(step));
    const event = events[choice % Math.max(1, events.length)];
    event?.();
    return event !== undefined;
  }

  /** The watches tell everything. */
  catchUp(): void {
    for (const entry of this.#history.values()) entry.told = entry.cells.length - 1;
  }

  #events(step: PlanStep): (() => void)[] {
    const { id } = step;
    const cell = this.#cells.get(id);
    const history = this.#history.get(id);
    if (!cell || !history) return [];
    const isTold = history.told === history.cells.length - 1;
    const changes = [...familyChanges(step, cell), ...ownChanges(step, cell, this.#of(id))];
    return [...(isTold ? [] : [() => history.told++]), ...changes.map((part) => () => this.#change(id, part))];
  }

  #deleteObject(id: ObjectId, cell: Cell): void {
    if (cell.object !== 'living') return;
    this.#deletable(id);
    this.#change(id, { object: 'terminating' });
  }

  #change(id: ObjectId, part: Partial<Cell>): void {
    const cell = { ...(this.#cells.get(id) as Cell), ...part };
    this.#cells.set(id, cell);
    this.#history.get(id)?.cells.push(cell);
  }

  #seenOf({ id, ref }: PlanStep): SeenStep {
    const history = this.#history.get(id);
    const cell = history?.cells[history.told] as Cell;
    const seen = (kind: string, uid: string, going: boolean): SeenObject => ({
      ref: { ...ref, kind, name: uid, uid: `${id}#${uid}` },
      finalizers: [],
      ...(going && { deletingSince: 0 }),
      ...(cell.orphaned && { ownerless: true }),
    });
    const pods = cell.pods.map((pod, at): SeenPod => ({ ...seen('Pod', `pod#${at}`, pod === 'stopping'), containers: [] }));
    const isShown = cell.object !== 'gone';
    return {
      ...(isShown && {
        object: { ...seen(ref.kind, 'object', cell.object === 'terminating'), ref: { ...ref, uid: `${id}#object` } },
      }),
      children: cell.children.map((child, at) => seen('Part', `child#${at}`, child === 'terminating')),
      pods,
      confirmedGone: this.#confirmed.has(id),
      ...(this.#refused.has(id) && { refusal: 'refused', refusedSince: 0 }),
    };
  }

  #objects(): PlanStep[] {
    return this.#plan.steps.filter((step) => step.mode !== 'barrier');
  }

  #of(id: ObjectId): Makeup {
    return this.#makeup.get(id) ?? { pods: 0, children: 0, loose: false, orphan: false };
  }
}

/** What the garbage collector and the kubelet may do next to what the step's object owns. */
function familyChanges({ ref }: PlanStep, { object, orphaned, pods, children }: Cell): Partial<Cell>[] {
  const isCollected = !orphaned && (object === 'gone' || (object === 'terminating' && isWorkload(ref)));
  return [
    ...(isCollected && pods.includes('running') ? [{ pods: pods.map(() => 'stopping' as const) }] : []),
    ...(isCollected && children.includes('living') ? [{ children: children.map(() => 'terminating' as const) }] : []),
    ...(pods.includes('stopping') ? [{ pods: without(pods, 'stopping') }] : []),
    ...(children.includes('terminating') ? [{ children: without(children, 'terminating') }] : []),
  ];
}

/** What may happen next to the object itself. */
function ownChanges({ ref, mode }: PlanStep, { object, pods, children }: Cell, { loose, orphan }: Makeup): Partial<Cell>[] {
  const isFree = loose || isCustomResource(ref) || pods.length + children.length === 0;
  if (object === 'terminating') return isFree ? [{ object: 'gone' }] : [];
  if (object === 'gone') return [];
  return [
    ...(orphan && mode === 'delete' && isWorkload(ref) ? [{ object: 'gone' as const, orphaned: true }] : []),
    ...(mode === 'await' ? [{ object: 'gone' as const, pods: [] }] : []),
  ];
}

function without<T>(items: readonly T[], item: T): T[] {
  const at = items.indexOf(item);
  return items.filter((_, index) => index !== at);
}
