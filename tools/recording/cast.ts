/**
 * A recorded terminal as an asciicast (version 2): one line of JSON for the header, and one for each piece of output.
 */

export type Cast = {
  columns: number;
  rows: number;
  /** What was typed. */
  command: string;
  /** What the recording shows, for those who cannot see it. */
  title: string;
  /** In the order of the output; seconds since the start. */
  output: { at: number; text: string }[];
};

/** @throws Error for text that is no asciicast of version 2 */
export function parseCast(text: string): Cast {
  const [header, ...events] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const { version, width, height, command, title } = header as Record<string, unknown>;
  if (version !== 2 || typeof width !== 'number' || typeof height !== 'number') throw new Error('this is no asciicast v2');
  return {
    columns: width,
    rows: height,
    command: String(command),
    title: String(title),
    output: events.map((event) => {
      const [at, kind, data] = event as [number, string, string];
      if (kind !== 'o') throw new Error(`only output is recorded, and here is an event ${kind}`);
      return { at, text: data };
    }),
  };
}

export function castText({ columns, rows, command, title, output }: Cast): string {
  const lines = [
    { version: 2, width: columns, height: rows, command, title },
    ...output.map(({ at, text }) => [Number(at.toFixed(3)), 'o', text]),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/**
 * The output that `script` of util-linux has logged.
 * @param timing one line for each piece: seconds since the piece before, and its bytes
 * @param log all bytes, after the line with which `script` begins
 */
export function outputOf(timing: string, log: Buffer): Cast['output'] {
  const decoder = new TextDecoder();
  let at = 0;
  let offset = log.indexOf('\n') + 1;
  return timing
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [delay = 0, bytes = 0] = line.split(' ').map(Number);
      at += delay;
      const text = decoder.decode(log.subarray(offset, offset + bytes), { stream: true });
      offset += bytes;
      return { at, text };
    })
    .filter(({ text }) => text !== '');
}
