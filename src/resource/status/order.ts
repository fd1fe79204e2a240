/**
 * The order of a teardown as the status has it, and as everybody works with it. In a large one a step is the position
 * of its object in the inventory, and what it waits for are positions in the order: `7` or `0-99`, `12<0-3,9`. Steps
 * that are more than "delete this object of the inventory" stand in full in a list of their own, at `+0`, `+1`: see
 * docs/decisions/018-compact-status.md.
 */
import { BookendError } from '../../errors.ts';
import { listOf, mapOf, textOf, textsOf } from '../../objects/fields.ts';
import { idOfRef, type ObjectId } from '../../objects/identity.ts';
import { compactFrom, type InventoryItem } from './inventory.ts';
import { packPositions, unpackPositions } from './positions.ts';

/** A step in full. */
export type OrderItem = OtherStep & {
  /** Positions in the order of what must be gone first. */
  after?: number[];
  /** UIDs of what stands between the object and its Pods. */
  between?: string[];
};

type OtherStep = {
  object: string;
  apiVersion: string;
  uid?: string;
  component?: string;
  mode?: 'await' | 'keep' | 'barrier';
  reason?: string;
  /** Positions in the order. */
  servedBy?: number[];
  /** `apiVersion/Kind` */
  defines?: string;
};

/** In the one form or the other. */
export type RecordedOrder = { order: OrderItem[] } | PackedOrder;

type PackedOrder = { steps: string[]; others?: OtherStep[]; between?: string[] };

/** @param inventory as it stands in the same status */
export function orderForStatus(order: readonly OrderItem[], inventory: readonly InventoryItem[]): RecordedOrder {
  return order.length < compactFrom ? { order: [...order] } : packOrder(order, inventory);
}

/** @param inventory as it stands in the same status */
export function packOrder(order: readonly OrderItem[], inventory: readonly InventoryItem[]): PackedOrder {
  const positions = new Map(inventory.map((item, position) => [idOfRef(item), position]));
  const others: OtherStep[] = [];
  const runs: { plain: boolean; places: number[]; after: string }[] = [];
  const between: string[] = [];
  for (const [at, { after = [], between: uids = [], ...step }] of order.entries()) {
    if (uids.length > 0) between.push(`${at}:${uids.join(',')}`);
    const position = positions.get(step.object as ObjectId);
    const plain = position !== undefined && isPlain(step, inventory[position]);
    const place = plain ? position : others.push(step) - 1;
    const waits = packPositions(after);
    const last = runs.at(-1);
    if (last?.plain === plain && last.after === waits && last.places.at(-1) === place - 1) last.places.push(place);
    else runs.push({ plain, places: [place], after: waits });
  }
  return {
    steps: runs.map(({ plain, places, after }) => `${plain ? '' : '+'}${packPositions(places)}${after && `<${after}`}`),
    ...(others.length > 0 && { others }),
    ...(between.length > 0 && { between }),
  };
}

/**
 * The order in full, in whichever form `status.teardown` has it.
 * @throws BookendError `internal`: a step that cannot be read must not be left out, since others wait for it
 */
export function orderOf(teardown: unknown, inventory: readonly InventoryItem[]): OrderItem[] {
  const { steps, others, order, between } = mapOf(teardown);
  if (!Array.isArray(steps)) return listOf(order).map((item) => mapOf(item) as OrderItem);
  const inFull = listOf(others).map((item) => mapOf(item) as OtherStep);
  const most = inventory.length + inFull.length;
  const parsed = steps.flatMap((step) => {
    const [, plus, places = '', after = ''] = /^(\+?)([\d-]+)(?:<([\d,-]+))?$/.exec(textOf(step) ?? '') ?? [];
    const waits = unpackPositions(after, most);
    const found = places && unpackPositions(places, plus ? inFull.length : inventory.length);
    if (!found || !waits) throw unreadable(step);
    return found.map((place) => ({ step: plus ? inFull[place] : plainStep(inventory[place]), waits }));
  });
  const known = new Set(parsed.map(({ step }) => step?.object));
  if (known.size < parsed.length) throw unreadable('an object that stands in it twice');
  const owners = new Map(textsOf(between).map((text) => ownersOf(text)));
  return parsed.map(({ step, waits }, at) => {
    if (!step || waits.some((position) => position >= parsed.length)) throw unreadable(step?.object);
    const uids = owners.get(at);
    return { ...step, ...(waits.length > 0 && { after: waits }), ...(uids && { between: uids }) };
  });
}

/** `12:UID,UID`: a position in the order, and what stands between its object and the Pods. */
function ownersOf(text: string): [position: number, uids: string[]] {
  const [, position, uids] = /^(\d+):(.+)$/.exec(text) ?? [];
  if (position === undefined || uids === undefined) throw unreadable(text);
  return [Number(position), uids.split(',')];
}

/** It says no more than the inventory does. */
function isPlain(step: OtherStep, item: InventoryItem | undefined): boolean {
  const { apiVersion, uid, component, object: _, ...more } = step;
  const isSame = item?.apiVersion === apiVersion && item.uid === uid && item.component === component;
  return isSame && uid !== undefined && Object.keys(more).length === 0;
}

function plainStep(item: InventoryItem | undefined): OtherStep | undefined {
  if (!item) return undefined;
  const { apiVersion, uid, component } = item;
  return {
    object: idOfRef(item),
    apiVersion,
    ...(uid !== undefined && { uid }),
    ...(component !== undefined && { component }),
  };
}

function unreadable(what: unknown): BookendError {
  return new BookendError('internal', `the order in status.teardown cannot be read: ${JSON.stringify(what)}`, {
    field: 'status.teardown.steps',
  });
}
