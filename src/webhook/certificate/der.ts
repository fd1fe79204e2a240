/**
 * The part of DER (ITU-T X.690) that a certificate needs. Node signs and exports keys, but creates no certificates.
 *
 * Every function returns one whole element: tag, length, content.
 */

export function sequence(...elements: Uint8Array[]): Uint8Array {
  return element(0x30, ...elements);
}

/** A set of one, as names in certificates have them: no order has to be kept. */
export function setOf(member: Uint8Array): Uint8Array {
  return element(0x31, member);
}

export function boolean(value: boolean): Uint8Array {
  return element(0x01, Uint8Array.of(value ? 0xff : 0x00));
}

/** A number that is not negative, of any size, its most significant byte first. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  // The highest bit is the sign.
  return (shortest[0] ?? 0) >= 0x80 ? element(0x02, Uint8Array.of(0), shortest) : element(0x02, shortest);
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(0x04, content);
}

/** Whole bytes. */
export function bitString(content: Uint8Array): Uint8Array {
  return element(0x03, Uint8Array.of(0), content);
}

/** Flags by their numbers, as KeyUsage counts them: without zeros at the end, as DER wants named bits. */
export function namedBits(...numbers: number[]): Uint8Array {
  const last = Math.max(...numbers);
  const bytes = new Uint8Array(Math.floor(last / 8) + 1);
  for (const number of numbers) {
    const at = Math.floor(number / 8);
    bytes[at] = (bytes[at] ?? 0) | (0x80 >> (number % 8));
  }
  return element(0x03, Uint8Array.of(7 - (last % 8)), bytes);
}

/** @param dotted such as `2.5.29.17` */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...others].flatMap(base128)));
}

export function utf8String(text: string): Uint8Array {
  return element(0x0c, new TextEncoder().encode(text));
}

/** Years up to 2049 as UTCTime, later ones as GeneralizedTime: RFC 5280 section 4.1.2.5 leaves no choice. */
export function time(milliseconds: number): Uint8Array {
  const digits = new Date(milliseconds)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const generalized = digits.slice(0, 4) >= '2050';
  return element(generalized ? 0x18 : 0x17, new TextEncoder().encode(generalized ? digits : digits.slice(2)));
}

/** What a structure marks with a number of its own and wraps whole: `[3] EXPLICIT`. */
export function explicit(number: number, content: Uint8Array): Uint8Array {
  return element(0xa0 | number, content);
}

/** What a number of its own takes the place of the tag for, without elements inside: `[2] IMPLICIT`. */
export function implicit(number: number, content: Uint8Array): Uint8Array {
  return element(0x80 | number, content);
}

function element(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return joined(Uint8Array.of(tag, ...length(size)), ...parts);
}

function length(size: number): number[] {
  if (size < 0x80) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

function base128(number: number): number[] {
  const bytes = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return bytes;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
