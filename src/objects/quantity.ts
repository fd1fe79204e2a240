/**
 * Kubernetes quantities (`resource.Quantity`) such as `500m`, `64Mi`, `1.5G`, `2e3`, as numbers: exact enough to
 * compare what people write in manifests.
 */

/** The number, or undefined when the text is no quantity. */
export function quantityOf(text: string): number | undefined {
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (found === null) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = found;
  return Number(`${digits}${exponent}`) * (factors[suffix] ?? 1);
}

/** Bytes, or undefined for what is no quantity; a size has no sign. */
export function bytesOf(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') return quantity;
  const text = String(quantity ?? '');
  return /^[+-]/.test(text) ? undefined : quantityOf(text);
}

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  ...Object.fromEntries(['M', 'G', 'T', 'P', 'E'].map((suffix, index) => [suffix, 1000 ** (index + 2)])),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, 1024 ** (index + 1)])),
};
