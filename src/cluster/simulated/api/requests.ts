/** What clients ask for, written down for assertions, and the place to make a write fail. */
import type { ObjectRef } from '../../../objects/object.ts';
import type { Instant } from '../../clock.ts';

export type Request = {
  /** Counts all requests from 1. */
  n: number;
  /** Counts the writes from 1; absent with reads, dry runs and access reviews. */
  write?: number;
  at: Instant;
  verb: 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete';
  subresource?: string;
  /** What it is about; without a name for lists and watches. */
  ref: Omit<ObjectRef, 'name'> & { name?: string };
  user: string;
};

/**
 * Called around each write, with its number. What `beforeWrite` throws comes in the write's stead; what `afterWrite`
 * throws comes in its answer's stead, the write having happened. To simulate the end of the writing process, call its
 * connection's `kill()` instead.
 */
export type Intercept = {
  beforeWrite?: ((n: number, request: Request) => void) | undefined;
  afterWrite?: ((n: number, request: Request) => void) | undefined;
};

export class Requests {
  readonly all: Request[] = [];
  readonly intercept: Intercept = {};
  #writes = 0;

  /** Writes a request down and carries it out between the hooks. */
  perform<T>(request: Omit<Request, 'n' | 'write'>, isWrite: boolean, work: () => T): T {
    const written: Request = { n: this.all.length + 1, ...request };
    this.all.push(written);
    if (!isWrite) return work();
    const number = ++this.#writes;
    written.write = number;
    this.intercept.beforeWrite?.(number, written);
    const answer = work();
    this.intercept.afterWrite?.(number, written);
    return answer;
  }

  /** Forgets what was asked so far; numbers begin with 1 again. */
  clear(): void {
    this.all.length = 0;
    this.#writes = 0;
  }
}
