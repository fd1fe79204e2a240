/** Cleaning up goes on where something is gone or going meanwhile, or refused by what goes itself in a moment. */
import { BookendError } from '../../src/errors.ts';

/** @returns undefined for what the cluster did not do */
export async function tolerant<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BookendError) return undefined;
    throw error;
  }
}
