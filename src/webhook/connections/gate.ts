/**
 * Accepts connections a few at a time, before they cost anything: a handshake takes a thousand times the work of
 * waiting. Each address has its own queue, and the queues take turns. A connection that sends no request in time is
 * closed if others wait.
 */
import type { Socket } from 'node:net';
import { FairQueue } from '../fair-queue.ts';
import { webhookLimits } from '../limits.ts';

export type GateOptions = {
  /** Serves the connection until it closes. */
  letIn(socket: Socket): void;
  /** Told of each connection that is closed unanswered. */
  turnedAway(reason: 'full' | 'waited' | 'silent' | 'lasted'): void;
  limits?: GateLimits;
};

type Widened<T> = { [Key in keyof T]: number };
export type GateLimits = Widened<typeof webhookLimits.connections>;

type Waiting = { socket: Socket; address: string; timer: NodeJS.Timeout };
type Served = { socket: Socket; address: string; since: number; asked: boolean; timer: NodeJS.Timeout };

export class Gate {
  readonly #options: GateOptions;
  readonly #limits: GateLimits;
  readonly #waiting = new FairQueue<Waiting>();
  /** By address and port. */
  readonly #served = new Map<string, Served>();
  readonly #count = new Map<string, number>();
  #look: NodeJS.Timeout | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#limits = options.limits ?? webhookLimits.connections;
  }

  /** A new connection. */
  enter(socket: Socket): void {
    const address = addressOf(socket);
    socket.on('error', () => socket.destroy());
    const { waiting, waitingPerAddress, waitMs } = this.#limits;
    if (this.#waiting.size >= waiting || this.#waiting.sizeOf(address) >= waitingPerAddress) {
      this.#turnAway(socket, 'full');
      return;
    }
    const entry: Waiting = {
      socket,
      address,
      timer: setTimeout(() => {
        this.#waiting.remove(address, entry);
        this.#turnAway(socket, 'waited');
      }, waitMs),
    };
    this.#waiting.add(address, entry);
    this.#next();
  }

  /** The connection has put its whole question. */
  asked(connection: Pick<Socket, 'remoteAddress' | 'remotePort'>): void {
    const served = this.#served.get(keyOf(connection));
    if (served) served.asked = true;
  }

  /** Closes whatever is left. */
  close(): void {
    for (let entry = this.#waiting.take(); entry; entry = this.#waiting.take()) {
      clearTimeout(entry.timer);
      entry.socket.destroy();
    }
    for (const { socket } of this.#served.values()) socket.destroy();
    clearTimeout(this.#look);
  }

  #next(): void {
    const { served, servedPerAddress } = this.#limits;
    while (this.#served.size < served) {
      const entry = this.#waiting.take((address) => (this.#count.get(address) ?? 0) < servedPerAddress);
      if (!entry) break;
      clearTimeout(entry.timer);
      if (!entry.socket.destroyed) this.#serve(entry);
    }
    if (this.#waiting.size > 0) this.#makeRoom();
  }

  #serve({ socket, address }: Waiting): void {
    const key = keyOf(socket);
    const { lifeMs } = this.#limits;
    const timer = setTimeout(() => this.#turnAway(socket, 'lasted'), lifeMs);
    this.#served.set(key, { socket, address, since: performance.now(), asked: false, timer });
    this.#count.set(address, (this.#count.get(address) ?? 0) + 1);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#served.delete(key);
      const left = (this.#count.get(address) ?? 1) - 1;
      if (left > 0) this.#count.set(address, left);
      else this.#count.delete(address);
      this.#next();
    });
    this.#makeRoom();
    this.#options.letIn(socket);
  }

  /** Looks for silent connections now and, while there are any that are served, again. */
  #makeRoom(): void {
    if (this.#look) return;
    const { questionMs, contendedQuestionMs } = this.#limits;
    this.#look = setTimeout(() => {
      this.#look = undefined;
      const patience = this.#waiting.size > 0 ? contendedQuestionMs : questionMs;
      const now = performance.now();
      for (const { socket, since, asked } of this.#served.values()) {
        if (!asked && now - since >= patience) this.#turnAway(socket, 'silent');
      }
      if (this.#served.size > 0 || this.#waiting.size > 0) this.#makeRoom();
    }, lookMs);
  }

  #turnAway(socket: Socket, reason: Parameters<GateOptions['turnedAway']>[0]): void {
    if (!socket.destroyed) this.#options.turnedAway(reason);
    socket.destroy();
  }
}

const lookMs = 100;

/** Of whoever is at the other end. */
export function addressOf({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string {
  return remoteAddress ?? '';
}

function keyOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress}|${remotePort}`;
}
