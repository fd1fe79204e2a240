/**
 * etcd refuses objects above 1.5 MiB (`--max-request-bytes`), and the API server hands on its gRPC error, which nobody
 * understands. A ClusterOperator grows after it was written: inventory, order and states are put into its status, and a
 * teardown that cannot write its order down could not start. So one that would not fit later is refused before anything
 * is made, by the operator and by commands that read it from a file.
 */
import { BookendError } from '../errors.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** etcd's default limit for a request, less a margin for its own framing and what the API server adds, in bytes. */
const largest = 1_400_000;
/**
 * What an object may take in the status beside names, at most: in a group of its own in the inventory, with the hashes
 * of several nonces, and in full in the order. Most take a third: see docs/decisions/018-compact-status.md. In bytes.
 */
const statusOfOne = 260;

type Placed = { id: ObjectId; component: string };

/** @throws BookendError `bad-input` naming both sizes */
export function refuseTooLarge({ metadata, spec }: KubernetesObject, objects: readonly Placed[]): void {
  const written = Buffer.byteLength(JSON.stringify(spec)) + Buffer.byteLength(JSON.stringify(metadata));
  // Its identity may stand in the inventory, in the order and among the states.
  const status = objects.reduce((sum, { id, component }) => sum + statusOfOne + 3 * id.length + 2 * component.length, 0);
  if (written + status <= largest) return;
  throw new BookendError(
    'bad-input',
    `ClusterOperator ${metadata.name} is too large: ${objects.length} objects of ${kilobytes(written)}, and ${kilobytes(status)} for their status; etcd stores at most ${kilobytes(largest)}`,
    {
      object: `ClusterOperator ${metadata.name}`,
      field: 'spec.components',
      advice: 'Split it into several ClusterOperators. Nothing was changed.',
    },
  );
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000).toLocaleString('en-US')} kB`;
}
