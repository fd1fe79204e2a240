/**
 * What is fuzzed: a reader of something that others wrote. The property is the same for each: an answer, or a
 * refusal that a person can act on, in bounded time and memory. A TypeError, a RangeError, a full stack or a hang is
 * a fault of ours, whatever the input.
 */
import type fc from 'fast-check';
import { BookendError } from '../../src/errors.ts';

export type Target<Input> = {
  name: string;
  /** What it reads, for people. */
  title: string;
  inputs: fc.Arbitrary<Input>;
  /** Reads one input; may check more than that it ends. */
  read(input: Input): unknown;
  /** The input as it is printed when it fails: short where it is short. */
  show(input: Input): string;
};

/** How much time of the processor one input may take, in ms: the inputs are small, and the machine may be slow. */
const mostMs = 2_000;

/** A refusal is read by people: it does not repeat the input. */
const longestMessage = 20_000;

/** Reads the input. @throws when the property does not hold for it */
export async function check<Input>(target: Target<Input>, input: Input): Promise<void> {
  const began = process.threadCpuUsage();
  try {
    await target.read(input);
  } catch (error) {
    if (!(error instanceof BookendError)) throw error;
    // A fault of ours that was taken for one of the input or the connection.
    const { cause } = error;
    if (error.code === 'internal' || cause instanceof TypeError || cause instanceof RangeError) throw cause ?? error;
    if (error.message.length > longestMessage) throw new Error(`the refusal has ${error.message.length} characters`);
  }
  const { user, system } = process.threadCpuUsage(began);
  const ms = (user + system) / 1_000;
  if (ms > mostMs) throw new Error(`it took ${ms.toFixed(0)} ms of the processor`);
}
