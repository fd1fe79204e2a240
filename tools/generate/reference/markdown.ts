/** The few pieces of Markdown that the reference pages are made of. */
import { wrapMarkdown } from '../../prose/wrap-markdown.ts';

/** What every generated page begins with. */
export function page(title: string, source: string, intro: string, ...parts: string[]): string {
  const note = `<!-- Generated from ${source} by npm run generate. Change it there. -->`;
  return wrapMarkdown(`${[note, `# ${title}`, intro, ...parts].join('\n\n')}\n`);
}

/** A table; cells are given as Markdown, only what would break the table is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
