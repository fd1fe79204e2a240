/**
 * The inventory of one ClusterOperator while it is worked with: what is ours, by UID or by nonce, and on record before
 * anything rests on it. See docs/decisions/014-ownership.md.
 */
import { BookendError } from '../errors.ts';
import { type Claim, digestOfNonce, isClaimed } from '../install/claim.ts';
import type { Claims as InstallationClaims } from '../install/installation.ts';
import type { Outline, OutlinedObject } from '../install/outline.ts';
import { describeId, idOfRef, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type InventoryGroup, type InventoryItem, inventoryForStatus } from '../resource/status/inventory.ts';

export type ClaimsOptions = {
  outline: Outline;
  /** As the status has it. */
  inventory: readonly InventoryItem[];
  /** Unpredictable text. */
  makeNonce(): string;
  /** Writes the inventory into the status, and waits for it. */
  record(inventory: InventoryGroup[]): Promise<void>;
  /** The ClusterOperator whose inventory has this UID, if it is another one. */
  claimedBy(uid: string): Promise<string | undefined>;
};

/** So many nonces of one object are kept: an earlier leader's create may still be under way. */
const keptNonces = 4;

export class Claims implements InstallationClaims {
  readonly #options: ClaimsOptions;
  readonly #items: Map<ObjectId, InventoryItem>;
  /** Nonces of this process whose hashes are in the items, and since when they are on record. */
  readonly #nonces = new Map<ObjectId, { nonce: string; recorded: Promise<void> }>();
  /** UIDs that the status has for sure. */
  readonly #recorded: Set<string>;
  /** The inventory as the status has it, until an item changes. */
  #packed: InventoryGroup[] | undefined;

  constructor(options: ClaimsOptions) {
    this.#options = options;
    this.#recorded = new Set(options.inventory.flatMap(({ uid }) => uid ?? []));
    const before = new Map(options.inventory.map((item) => [idOfRef(item), item]));
    const wanted = options.outline.objects.map(({ id, ref, component, keep }): [ObjectId, InventoryItem] => {
      const { uid, nonces } = before.get(id) ?? {};
      const proof = { ...(uid !== undefined && { uid }), ...(nonces && { nonces }) };
      return [id, { component, ...ref, ...proof, ...(keep && { keep }) }];
    });
    this.#items = new Map(wanted);
    for (const [id, item] of before) if (!this.#items.has(id)) this.#items.set(id, item);
  }

  /**
   * For the status: what is wanted, in the order of installation, and behind it what was there before and is not wanted
   * any more. The same value until something changes.
   */
  inventory(): InventoryGroup[] {
    this.#packed ??= inventoryForStatus([...this.#items.values()]);
    return this.#packed;
  }

  /** Whether any object of it was ever made. */
  get hasAny(): boolean {
    return this.#items.values().some(({ uid }) => uid !== undefined);
  }

  claimOn(id: ObjectId): Claim {
    return this.#items.get(id) ?? {};
  }

  /** What left the spec: everything that is in the inventory and not wanted. */
  leavers(): InventoryItem[] {
    const wanted = new Set(this.#options.outline.objects.map(({ id }) => id));
    return [...this.#items].flatMap(([id, item]) => (wanted.has(id) ? [] : [item]));
  }

  /** What left the spec is gone. */
  forgetLeavers(): void {
    for (const item of this.leavers()) this.#items.delete(idOfRef(item));
    this.#packed = undefined;
  }

  /** Gives each of these a nonce; they are on record once the inventory is, which is the caller's. */
  intend(ids: Iterable<ObjectId>, recorded: Promise<void>): void {
    for (const id of ids) this.#intend(id, recorded);
  }

  async nonceFor(id: ObjectId): Promise<string> {
    const known = this.#nonces.get(id);
    if (known) {
      await known.recorded;
      return known.nonce;
    }
    // The record is written with the nonce in it, so the nonce comes first.
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined);
    const nonce = this.#intend(id, promise);
    try {
      await this.#record();
      resolve();
    } catch (error) {
      this.#nonces.delete(id);
      reject(error);
      throw error;
    }
    return nonce;
  }

  made(id: ObjectId, uid: string): void {
    this.#nonces.delete(id);
    const item = this.#items.get(id);
    if (!item || (item.uid === uid && !item.nonces)) return;
    const { nonces: _, ...rest } = item;
    this.#set(id, { ...rest, uid });
  }

  async prove(id: ObjectId, uid: string): Promise<void> {
    if (this.#recorded.has(uid)) return;
    this.made(id, uid);
    await this.#record();
  }

  async recognise(wanted: OutlinedObject, live: KubernetesObject): Promise<boolean> {
    const { uid = '' } = live.metadata;
    if (isClaimed(live, this.claimOn(wanted.id))) return true;
    const owner = await this.#options.claimedBy(uid);
    if (owner !== undefined) {
      const what = describeId(wanted.id);
      throw new BookendError(
        'already-exists',
        `${wanted.place}: ${what} exists already and belongs to ClusterOperator ${owner}`,
        {
          object: what,
          field: wanted.place,
          advice: `Remove it from ClusterOperator ${owner} first; nothing was changed.`,
        },
      );
    }
    if (!wanted.adopt) return false;
    this.made(wanted.id, uid);
    await this.#record();
    return true;
  }

  async #record(): Promise<void> {
    const uids = [...this.#items.values()].flatMap(({ uid }) => uid ?? []);
    await this.#options.record(this.inventory());
    for (const uid of uids) this.#recorded.add(uid);
  }

  #intend(id: ObjectId, recorded: Promise<void>): string {
    const nonce = this.#options.makeNonce();
    this.#nonces.set(id, { nonce, recorded });
    const item = this.#items.get(id);
    if (item) this.#set(id, { ...item, nonces: [...(item.nonces ?? []), digestOfNonce(nonce)].slice(-keptNonces) });
    return nonce;
  }

  #set(id: ObjectId, item: InventoryItem): void {
    this.#items.set(id, item);
    this.#packed = undefined;
  }
}
