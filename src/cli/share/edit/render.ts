/**
 * Writes values as text in block or flow style. The text means the same in YAML 1.1, YAML 1.2 and, within JSON, JSON.
 */
import { writeYamlInLine as inOneLine } from '../../../objects/yaml.ts';
import type { TextStyle } from './editing.ts';

/** Lines of a map or list in block style, without their ends. */
export function blockLines(value: object, style: TextStyle, column: number): string[] {
  const spaces = ' '.repeat(column);
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      if (!isFilled(item)) return `${spaces}- ${inOneLine(item)}`;
      const [first = '', ...rest] = blockLines(item, style, column + 2);
      return [`${spaces}- ${first.slice(column + 2)}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, field]) => {
    if (!isFilled(field)) return `${spaces}${inOneLine(key)}: ${inOneLine(field)}`;
    const step = Array.isArray(field) ? style.listStep : style.mapStep;
    return [`${spaces}${inOneLine(key)}:`, ...blockLines(field, style, column + step)];
  });
}

/** A map or list with something in it: only these have a block style. */
export function isFilled(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

export type FlowPlace = {
  json: boolean;
  /** What each further line begins with; absent: everything on one line. */
  indentation?: string;
  /** What each level adds to it. */
  unit: string;
  endOfLine: string;
  /** No space behind colons and commas. */
  compact: boolean;
};

export function flowText(value: unknown, { json, indentation, unit, endOfLine, compact }: FlowPlace): string {
  if (!json) return inOneLine(value);
  if (compact) return JSON.stringify(value);
  const lines = JSON.stringify(value, null, unit);
  if (indentation !== undefined) return lines.replaceAll('\n', `${endOfLine}${indentation}`);
  // Ends of lines within texts are written as \n, so these are of the form only.
  return lines
    .replaceAll(/([[{])\n\s*/g, '$1')
    .replaceAll(/\n\s*([\]}])/g, '$1')
    .replaceAll(/\n\s*/g, ' ');
}

export function flowPair(key: string, value: unknown, place: FlowPlace): string {
  const name = place.json ? JSON.stringify(key) : inOneLine(key);
  return `${name}:${place.compact ? '' : ' '}${flowText(value, place)}`;
}
