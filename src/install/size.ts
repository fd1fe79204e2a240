/**
 * etcd refuses objects above 1.5 MiB (`--max-request-bytes`). A ClusterOperator grows after it was written: inventory,
 * order and states are put into its status, and a teardown that cannot write its order down could not start. So one
 * that would not fit later is refused before anything is made.
 */
import { BookendError } from '../errors.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';

/** etcd's default limit for a request, less a margin for its own framing and what the API server adds, in bytes. */
const largest = 1_400_000;
/**
 * What inventory, order and state of one object take in the status at most, in bytes: measured with names of 40
 * characters.
 */
const statusOfOne = 420;

/** @throws BookendError `bad-input` naming both sizes */
export function refuseTooLarge(resource: ClusterOperator, objects: number): void {
  const spec = Buffer.byteLength(JSON.stringify(resource.spec)) + Buffer.byteLength(JSON.stringify(resource.metadata));
  const expected = spec + objects * statusOfOne;
  if (expected <= largest) return;
  throw new BookendError(
    'bad-input',
    `spec.components: ${objects} objects of ${kilobytes(spec)} in all need ${kilobytes(expected)} together with their status; etcd stores ${kilobytes(largest)} at most`,
    { field: 'spec.components', advice: 'Split it into several ClusterOperators; nothing was changed.' },
  );
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}
