/** Reads the bodies of requests, with a limit for each and for all of them together. */
import type { IncomingMessage } from 'node:http';
import { webhookLimits } from '../limits.ts';

export type BodyRefusal = { status: 408 | 411 | 413 | 503; why: string };

export type BodyLimits = { bodyBytes: number; bodiesBytes: number; bodiesBytesPerAddress: number };

/** Counts what is held. */
export class Bodies {
  readonly #limits: BodyLimits;
  readonly #held = new Map<string, number>();
  #all = 0;

  constructor(limits: BodyLimits = webhookLimits) {
    this.#limits = limits;
  }

  /** How many bytes are held. */
  get size(): number {
    return this.#all;
  }

  /**
   * The whole body, or why it is not taken: the rest is then not read. What was read counts until `release` is called.
   * The API server says how long each question is.
   */
  async read(request: IncomingMessage, address: string): Promise<{ body: Uint8Array; release(): void } | BodyRefusal> {
    const { bodyBytes, bodiesBytes, bodiesBytesPerAddress } = this.#limits;
    const announced = request.headers['content-length'];
    if (announced === undefined) return { status: 411, why: 'the body must announce its length' };
    const tooLarge = { status: 413, why: `the body may have ${bodyBytes} bytes` } as const;
    const length = Number(announced);
    if (!(length <= bodyBytes)) return tooLarge;
    const parts: Buffer[] = [];
    let size = 0;
    const release = () => {
      this.#add(address, -size);
      size = 0;
    };
    try {
      for await (const part of request as AsyncIterable<Buffer>) {
        size += part.length;
        this.#add(address, part.length);
        parts.push(part);
        if (size > bodyBytes) {
          release();
          return tooLarge;
        }
        if (this.#all > bodiesBytes || (this.#held.get(address) ?? 0) > bodiesBytesPerAddress) {
          release();
          return { status: 503, why: 'too much is asked at the same time' };
        }
      }
    } catch (error) {
      release();
      throw error;
    }
    return { body: joined(parts, size), release };
  }

  #add(address: string, bytes: number): void {
    this.#all += bytes;
    const held = (this.#held.get(address) ?? 0) + bytes;
    if (held > 0) this.#held.set(address, held);
    else this.#held.delete(address);
  }
}

/** In memory of its own, so that the whole can be handed to a thread. */
function joined(parts: readonly Buffer[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
