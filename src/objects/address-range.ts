/** Whether a range such as `10.96.0.0/12` holds an address: what the API server counts as in use of a ServiceCIDR. */

export function coversAddress(cidr: string, address: string): boolean {
  const [start = '', length = ''] = cidr.split('/');
  const [first, one] = [bitsOf(start), bitsOf(address)];
  const shared = Number(length);
  if (first === undefined || one === undefined || first.length !== one.length || !Number.isInteger(shared)) return false;
  return first.slice(0, shared) === one.slice(0, shared);
}

/** As a text of 32 or 128 digits; undefined of what is no address. */
function bitsOf(address: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return digits(address.split('.').map(Number), 8);
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return undefined;
  const [head = '', tail] = address.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  if (missing < 0) return undefined;
  const groups = [...before, ...Array<number>(missing).fill(0), ...after];
  return groups.length === 8 ? digits(groups, 16) : undefined;
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function digits(numbers: readonly number[], size: number): string {
  return numbers.map((number) => number.toString(2).padStart(size, '0')).join('');
}
