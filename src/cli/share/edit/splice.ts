/**
 * Changes of a text as replaced pieces. The text between them stays, byte for byte; no YAML printer can do that.
 */

export type Splice = {
  /** Offsets into the text, the second not included; equal for what is only put in. */
  start: number;
  end: number;
  text: string;
};

/** Of several at one offset the first is put in first, and what is put in stands in front of what is replaced there. */
export function inOrder(splices: readonly Splice[]): Splice[] {
  return splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** @param splices that do not overlap */
export function spliced(text: string, splices: readonly Splice[]): string {
  let [result, at] = ['', 0];
  for (const { start, end, text: piece } of inOrder(splices)) {
    result += text.slice(at, start) + piece;
    at = end;
  }
  return result + text.slice(at);
}

/** Where the line begins that an offset is on. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line ends, in front of its end-of-line characters. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return text.length;
  return end > offset && text[end - 1] === '\r' ? end - 1 : end;
}

/** Where the first line begins that holds nothing before an offset. */
export function nextLine(text: string, offset: number): number {
  if (offset === 0 || text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** Spaces and tabs that the line of an offset begins with. */
export function indentationAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
}
