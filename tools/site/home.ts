/** The home page: what the README says first, its pictures, and the table of docs/README.md. */

export type HomeSources = {
  /** README.md of the repository. */
  readme: string;
  /** docs/README.md. */
  index: string;
  /** The description in package.json. */
  description: string;
};

/** Markdown with the front matter of VitePress. */
export function homeMarkdown({ readme, index, description }: HomeSources): string {
  const [, sentence] = /^# .+\n\n(.+(?:\n.+)*)\n\n/.exec(readme) ?? [];
  const pictures = [...readme.matchAll(/^!\[[^\]]+\]\(docs\/[^)]+\)$/gm)].map(([picture]) => picture.replace('(docs/', '('));
  const [, rest] = /^# .+\n\n([\s\S]+)$/.exec(index) ?? [];
  const tutorial = /\[[^\]]+\]\((tutorial\/[^)]+)\.md\)/.exec(index)?.[1];
  if (sentence === undefined || pictures.length === 0) throw new Error('README.md has no first sentence or no picture');
  if (rest === undefined || tutorial === undefined) throw new Error('docs/README.md has no heading or no tutorial');
  const front = {
    layout: 'home',
    title: 'Bookend',
    titleTemplate: description,
    hero: {
      name: 'Bookend',
      text: description,
      tagline: sentence.replaceAll('\n', ' '),
      actions: [
        { theme: 'brand', text: 'See what an uninstall breaks', link: `/${tutorial}` },
        { theme: 'alt', text: 'I want to …', link: '#where-to-begin' },
      ],
    },
  };
  // JSON is YAML.
  return `---\n${JSON.stringify(front)}\n---\n\n${pictures.join('\n\n')}\n\n## Where to begin\n\n${rest}`;
}
