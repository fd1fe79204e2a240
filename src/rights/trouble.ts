/**
 * What goes wrong during a rehearsal: after each of these the operator looks at the cluster again, and asks what it
 * does not ask when all goes well.
 */
import type { Connection, Request } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import type { RehearsalStage } from './rehearsal-cluster.ts';

export type Trouble = 'nothing' | 'lost answers' | 'conflicts' | 'crashes' | 'stuck objects';

export type TroubledOperator = {
  /**
   * Lets virtual time pass until the condition holds. @returns whether it did, within ten minutes unless told otherwise
   */
  until(condition: () => boolean, maxMs?: number): Promise<boolean>;
};

/** A crash costs the time of a new look; of large ClusterOperators only so many writes are followed by one. */
const mostCrashes = 12;

/**
 * Starts the operator, and lets each kind of write to each object go wrong once.
 * @param user whose writes go wrong
 */
export function troubled({ simulated, start }: RehearsalStage, trouble: Trouble, user: string): TroubledOperator {
  let connection: Connection | undefined = start();
  let crashes = 0;
  const met = new Set<string>();
  const isFirst = (request: Request) => {
    if (request.user !== user) return false;
    const { verb, ref } = request;
    const key = `${verb} ${ref.apiVersion} ${ref.kind} ${ref.namespace ?? ''} ${ref.name ?? ''}`;
    return met.size < met.add(key).size;
  };
  simulated.intercept.beforeWrite = (_, request) => {
    if (trouble === 'conflicts' && isFirst(request))
      throw new BookendError('conflict', 'the object has been modified', { status: 409 });
  };
  simulated.intercept.afterWrite = (_, request) => {
    if (trouble === 'lost answers' && isFirst(request)) throw new BookendError('unreachable', 'the answer was lost');
    if (trouble === 'crashes' && isFirst(request) && crashes < mostCrashes) {
      crashes += 1;
      connection?.kill();
    }
  };
  return {
    until: async (condition, maxMs = 600_000) => {
      const end = simulated.clock.now() + maxMs;
      while (!condition()) {
        connection ??= start();
        const left = end - simulated.clock.now();
        if (left <= 0) return false;
        const { current } = { current: connection };
        await simulated.until(() => current.killed || condition(), left).catch(() => undefined);
        if (current.killed) {
          connection = undefined;
          await simulated.settle(300);
        }
      }
      return true;
    },
  };
}
