/** HTML out of text: what comes from a cluster or a manifest is never taken for markup. */

/** Markup that is safe to put into a page. Only `html` and `raw` make it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A template for pages: what is put in is escaped unless it is markup itself, for text and for attributes in double
 * quotes.
 * @example html`<b title="${name}">${name}</b>`
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  return new Markup(strings.map((part, index) => `${part}${index < values.length ? shown(values[index]) : ''}`).join(''));
}

/** Text in which what stands between backticks is code. */
export function prose(text: string): Markup {
  return html`${text.split('`').map((part, index, parts) => {
    const isCode = index % 2 === 1 && index < parts.length - 1;
    return isCode ? html`<code>${part}</code>` : html`${index % 2 === 1 ? `\`${part}` : part}`;
  })}`;
}

/** Markup that this program wrote itself. */
export function raw(text: string): Markup {
  return new Markup(text);
}

function shown(value: string | number | Markup | readonly Markup[] | undefined): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return (value as readonly Markup[]).map(({ text }) => text).join('');
  return String(value ?? '').replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
