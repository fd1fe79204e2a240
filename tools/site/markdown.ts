/**
 * What the site does with Markdown beyond VitePress: links of the repository, reports, and code that looks like Vue.
 */
import { type Repository, siteLink } from './links.ts';
import { reportFrame, reportOf } from './reports.ts';

/** The part of markdown-it that is used here. */
export type MarkdownIt = {
  core: { ruler: { push(name: string, rule: (state: { tokens: Token[]; env: Env }) => void): void } };
  renderer: { rules: Record<string, RenderRule | undefined> };
  utils: { escapeHtml(text: string): string };
};

type Token = {
  type: string;
  content: string;
  info: string;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
};

type Env = { relativePath?: string };
type RenderRule = (tokens: Token[], index: number, options: unknown, env: Env, self: unknown) => string;

export function extendMarkdown(md: MarkdownIt, repository: Repository): void {
  md.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
    // The files of the home page and of docs/ have the same directory.
    const page = env.relativePath ?? 'index.md';
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      for (const name of ['href', 'src']) {
        const link = token.attrGet(name);
        if (link !== null) token.attrSet(name, siteLink(page, decodeURI(link), repository));
      }
    }
  });
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const { content = '', info = '' } = tokens[index] ?? {};
    const report = info.trim() === 'sh' ? reportOf(env.relativePath ?? '', content) : undefined;
    return `${fence?.(tokens, index, options, env, self) ?? ''}${report ? reportFrame(report) : ''}`;
  };
  // `{{ .Release.Name }}` is Helm's, and Vue must leave it alone. Long names may be broken at punctuation and capitals,
  // so that a table fits on the screen.
  md.renderer.rules.code_inline = (tokens, index) => {
    const parts = (tokens[index]?.content ?? '').split(/(?<=[\w\]"}][./,:=])(?=[^\s./,:=])|(?<=[a-z])(?=[A-Z])/);
    return `<code v-pre>${parts.map((part) => md.utils.escapeHtml(part)).join('<wbr>')}</code>`;
  };
  const text = md.renderer.rules.text;
  md.renderer.rules.text = (...rendering) => {
    const [tokens, index] = rendering;
    const html = text?.(...rendering) ?? md.utils.escapeHtml(tokens[index]?.content ?? '');
    return html.replaceAll('{{', '&#123;&#123;');
  };
}
