/**
 * The cluster that charts, contract and end-to-end tests run on: an existing one where it is named, else the local
 * cluster, started when the first stage needs it and taken down in the end, unless it ran before.
 */
import { delimiter } from 'node:path';
import { BookendError, isCode } from '../../src/errors.ts';
import { checkExisting, kubeconfigOfExisting } from '../local-cluster/cluster/existing.ts';
import { defaultClusterName, down, type Progress, status, up } from '../local-cluster/index.ts';

export type ExistingCluster = { kubeconfig?: string; context?: string };

/** The environment variables with which tests and programs find it, or why there is none. */
export type Started = { environment: NodeJS.ProcessEnv } | { failure: string };

export class TestCluster {
  readonly #existing: ExistingCluster | undefined;
  #started: Promise<Started> | undefined;
  #isOurs = false;

  constructor({ kubeconfig, context }: ExistingCluster) {
    const named = { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
    this.#existing = Object.keys(named).length > 0 ? named : undefined;
  }

  /** Takes down what was started here. */
  async stop(progress: Progress): Promise<void> {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    await progress.step('Removing the local cluster', () => down());
  }

  /**
   * Starts it, the first time; later a local one that was damaged meanwhile is repaired, so that no stage suffers from
   * the one before.
   */
  start(progress: Progress): Promise<Started> {
    if (this.#existing) this.#started ??= orFailure(this.#useExisting(this.#existing));
    else this.#started = orFailure(this.#startLocal(progress));
    return this.#started;
  }

  async #useExisting(existing: ExistingCluster): Promise<Started> {
    await checkExisting(existing);
    const { kubeconfig, context } = existing;
    return {
      environment: {
        ...process.env,
        KUBECONFIG: await kubeconfigOfExisting(existing),
        ...(kubeconfig !== undefined && { BOOKEND_KUBECONFIG: kubeconfig }),
        ...(context !== undefined && { BOOKEND_CONTEXT: context }),
      },
    };
  }

  async #startLocal(progress: Progress): Promise<Started> {
    // From here on, even a start that fails half-way has to be cleaned up.
    this.#isOurs ||= !(await exists());
    const { environment } = await up({ progress });
    const { BOOKEND_KUBECONFIG: _, BOOKEND_CONTEXT: __, PATH = '', ...rest } = process.env;
    return { environment: { ...rest, KUBECONFIG: environment.kubeconfig, PATH: `${environment.bin}${delimiter}${PATH}` } };
  }
}

async function orFailure(start: Promise<Started>): Promise<Started> {
  try {
    return await start;
  } catch (error) {
    if (!(error instanceof BookendError)) throw error;
    return { failure: `${error.message}\n${error.advice}` };
  }
}

async function exists(): Promise<boolean> {
  try {
    await status(defaultClusterName);
    return true;
  } catch (error) {
    if (isCode(error, 'not-found')) return false;
    throw error;
  }
}
