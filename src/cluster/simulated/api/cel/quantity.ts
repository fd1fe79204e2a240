/** Quantities such as `500m`, `1Gi`, `2e3` (`resource.Quantity`), as numbers: exact enough to compare what people write in manifests. */
export class Quantity {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** The quantity, or undefined when the text is none. */
export function quantityOf(text: string): Quantity | undefined {
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (found === null) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = found;
  return new Quantity(Number(`${digits}${exponent}`) * (factors[suffix] ?? 1));
}

/** Negative, 0 or positive. */
export function compareQuantities(one: Quantity, other: Quantity): number {
  return Math.sign(one.value - other.value);
}

const factors: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
