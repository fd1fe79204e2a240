/** Kubernetes quantities of bytes: `64Mi`, `1G`, `1.5Gi`, `1e9`. */

/** Bytes, or undefined for what is no quantity. */
export function bytesOf(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') return quantity;
  const text = String(quantity ?? '');
  const [, number, suffix = ''] = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([mkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return /^[eE]./.test(suffix) && suffix !== 'Ei' ? Number(`${number}${suffix}`) : Number(number) * (factors[suffix] ?? 1);
}

const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  ...Object.fromEntries(['M', 'G', 'T', 'P', 'E'].map((suffix, index) => [suffix, 1000 ** (index + 2)])),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, 1024 ** (index + 1)])),
};
