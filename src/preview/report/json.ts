/** The whole preview for programs. docs/reference/preview.schema.json describes it. */
import type { Preview } from '../document.ts';

export function jsonReport(preview: Preview): string {
  return `${JSON.stringify(preview, null, 2)}\n`;
}
