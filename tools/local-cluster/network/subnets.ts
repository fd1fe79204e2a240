/**
 * Gives each cluster addresses of its own: one private /16 for each, which must not clash with another cluster or with
 * any network that the machine itself reaches (a VPN, Docker's bridges).
 */
import { BookendError } from '../../../src/errors.ts';

/** The addresses of one cluster; all follow from the second number of its /16. */
export type Subnet = ReturnType<typeof subnet>;

/** The second numbers to choose from: high ones, as networks are mostly numbered from below. */
const first = 200;
const last = 250;

/** The layout of the cluster whose addresses begin with `10.${number}`. */
export function subnet(number: number) {
  const prefix = `10.${number}`;
  return {
    number,
    /** Everything below; the machine's one route into the cluster. */
    range: `${prefix}.0.0/16`,
    podRange: `${prefix}.0.0/17`,
    serviceRange: `${prefix}.128.0/18`,
    /** The first service address: `kubernetes.default.svc`. */
    apiService: `${prefix}.128.1`,
    /** The pair of addresses between the machine and the cluster's network namespace. */
    hostAddress: `${prefix}.255.1`,
    nodeAddress: `${prefix}.255.2`,
    pairPrefixLength: 30,
    /** The machine's end of the pair of interfaces; at most 15 characters. */
    hostInterface: `bookend${number}`,
  };
}

/**
 * The first subnet that is free.
 * @param taken CIDR ranges and addresses in use, by this machine's routes or by other clusters; `default` and what is
 * not IPv4 is passed over.
 * @throws BookendError `unsupported` when there is none.
 */
export function freeSubnet(taken: readonly string[]): Subnet {
  const ranges = taken.flatMap((text) => parseRange(text) ?? []);
  for (let number = first; number <= last; number++) {
    const candidate = subnet(number);
    const own = parseRange(candidate.range);
    if (own && !ranges.some((range) => overlap(own, range))) return candidate;
  }
  const message = `No private network between 10.${first}.0.0/16 and 10.${last}.0.0/16 is free on this machine`;
  const advice = 'Take down local clusters that are not needed, or remove the routes that cover these networks.';
  throw new BookendError('unsupported', message, { advice });
}

type Range = { from: number; to: number };

function overlap(one: Range, other: Range): boolean {
  return one.from <= other.to && other.from <= one.to;
}

/** A range as numbers; undefined for what says nothing about IPv4 (`default`, IPv6) and for the whole Internet. */
function parseRange(text: string): Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(text);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, length = 32] = match.slice(1).map((part) => (part === undefined ? 32 : Number(part)));
  if (length === 0) return undefined;
  const size = 2 ** (32 - length);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const from = address - (address % size);
  return { from, to: from + size - 1 };
}
