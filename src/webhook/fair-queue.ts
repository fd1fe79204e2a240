/** A fair queue: it serves one of each lane in turn, so that a long lane does not block the others. */
export class FairQueue<T> {
  readonly #lanes = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  sizeOf(lane: string): number {
    return this.#lanes.get(lane)?.length ?? 0;
  }

  add(lane: string, item: T): void {
    const items = this.#lanes.get(lane) ?? [];
    items.push(item);
    this.#lanes.set(lane, items);
    this.#size += 1;
  }

  /** The next one, of the lane that was not served for longest. @param may whether a lane may be served now */
  take(may: (lane: string) => boolean = () => true): T | undefined {
    for (const [lane, items] of this.#lanes) {
      if (!may(lane)) continue;
      const item = items.shift();
      // Behind all others.
      this.#lanes.delete(lane);
      if (items.length > 0) this.#lanes.set(lane, items);
      this.#size -= 1;
      return item;
    }
    return undefined;
  }

  remove(lane: string, item: T): void {
    const items = this.#lanes.get(lane) ?? [];
    const index = items.indexOf(item);
    if (index < 0) return;
    items.splice(index, 1);
    if (items.length === 0) this.#lanes.delete(lane);
    this.#size -= 1;
  }
}
