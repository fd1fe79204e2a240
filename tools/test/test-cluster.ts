/**
 * The cluster that charts, contract and end-to-end tests run on: an existing one where it is named, else a local
 * cluster, started when the first stage needs it and taken down in the end, unless it ran before. What an interrupted
 * run has left on it is removed before the first test; a local cluster on which that fails is made new.
 */
import { delimiter } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BookendError, isCode } from '../../src/errors.ts';
import { clean } from '../lab/clean.ts';
import { openLab } from '../lab/lab.ts';
import { checkExisting, kubeconfigOfExisting } from '../local-cluster/cluster/existing.ts';
import { defaultClusterName, down, type Progress, status, up } from '../local-cluster/index.ts';

export type ExistingCluster = { kubeconfig?: string; context?: string };
/** A version of the local cluster, in place of the newest. */
export type Version = { kubernetes?: string };

/** The environment variables with which tests and programs find it, or why there is none. */
export type Started = { environment: NodeJS.ProcessEnv } | { failure: string };

/** Another cluster than the usual one, to run these tests beside something else. */
const usualName = process.env.BOOKEND_E2E_CLUSTER ?? defaultClusterName;

/** What earlier tests left is gone after this time, in ms, or never will be. */
const cleanedMs = 150_000;

export class TestCluster {
  /** Of the local cluster. */
  readonly name: string;
  readonly #existing: ExistingCluster | undefined;
  readonly #version: Version;
  #started: Promise<Started> | undefined;
  #isOurs = false;
  #isCleaned = false;

  constructor({ kubeconfig, context, kubernetes }: ExistingCluster & Version, name?: string) {
    // One of another version runs beside the usual one.
    this.name = name ?? (kubernetes === undefined ? usualName : `${usualName}-${kubernetes.replaceAll('.', '-')}`);
    this.#version = kubernetes === undefined ? {} : { kubernetes };
    const named = { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
    this.#existing = Object.keys(named).length > 0 ? named : undefined;
  }

  /** Takes down what was started here. */
  async stop(progress: Progress): Promise<void> {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    await progress.step(`Removing the local cluster ${this.name}`, () => down(this.name));
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
    const ranBefore = await exists(this.name);
    // What is not the usual cluster was made by a run that was killed.
    this.#isOurs ||= !ranBefore || this.name !== usualName;
    if (ranBefore && !this.#isCleaned) await this.#clean(progress);
    this.#isCleaned = true;
    const { environment } = await up({ name: this.name, ...this.#version, progress });
    const { BOOKEND_KUBECONFIG: _, BOOKEND_CONTEXT: __, PATH = '', ...rest } = process.env;
    return {
      environment: {
        ...rest,
        KUBECONFIG: environment.kubeconfig,
        BOOKEND_E2E_CLUSTER: this.name,
        PATH: `${environment.bin}${delimiter}${PATH}`,
      },
    };
  }

  async #clean(progress: Progress): Promise<void> {
    const { name } = this;
    const left = await progress.step(`Removing what earlier tests left on the cluster ${name}`, () => whyNotCleaned(name));
    if (left === undefined) return;
    progress.line(`  ${left}: the cluster ${name} is made new`);
    await down(name);
  }
}

/** @returns undefined once nothing of earlier tests is left, or why something is. */
async function whyNotCleaned(name: string): Promise<string | undefined> {
  const late = setTimeout(cleanedMs, `after ${cleanedMs / 1000} s something is still there`, { ref: false });
  const cleaned = openLab({ name }).then(async (lab) => {
    try {
      await clean(lab);
    } finally {
      await lab.close();
    }
  });
  return Promise.race([late, cleaned.then(() => undefined).catch((error: unknown) => String(error))]);
}

async function orFailure(start: Promise<Started>): Promise<Started> {
  try {
    return await start;
  } catch (error) {
    if (!(error instanceof BookendError)) throw error;
    return { failure: `${error.message}\n${error.advice}` };
  }
}

async function exists(name: string): Promise<boolean> {
  try {
    await status(name);
    return true;
  } catch (error) {
    if (isCode(error, 'not-found')) return false;
    throw error;
  }
}
