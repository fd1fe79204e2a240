/** docs/reference/findings.md, from the rules of the preview: what each means, with an example that fails and one that passes. */
import { hookExample } from '../../../src/preview/rules/hook-examples.ts';
import type { Rule } from '../../../src/preview/rules/rule.ts';
import { findingRules } from '../../../src/preview/rules/rules.ts';
import { code, page, table } from './markdown.ts';

export function findingsPage(): string {
  return page(
    'What a preview finds',
    'src/preview/rules/rules.ts',
    [
      'Each rule of `bookend preview` and `bookend lint`, with manifests in which it finds something and others in which it is silent. All of them are played in the tests of the rules.',
      'What a preview cannot know is in [Limits](../limits.md#previews).',
    ].join('\n'),
    table(
      ['Severity', 'What it says'],
      [
        [
          'error',
          'The uninstall really ends so on the simulated cluster, and all that it rests on was seen in the manifests or in the cluster.',
        ],
        ['warning', 'It depends on something that was not seen; the finding says on what.'],
        ['note', 'Worth knowing: nothing goes wrong.'],
      ],
    ),
    table(
      ['Rule', 'In short'],
      findingRules.map(({ id, name }) => [`[${code(id)}](#${id})`, name]),
    ),
    ...findingRules.flatMap(sectionOf),
    '## The chart of the hook examples',
    'An operator that keeps its definition, and a hook that deletes the custom resources before.',
    yaml(hookExample({})),
  );
}

function sectionOf({ id, name, means, fails, passes }: Rule): string[] {
  const failing = documents(fails.yaml);
  const passing = documents(passes.yaml);
  const common = failing.filter((document) => passing.includes(document));
  const own = (all: readonly string[], otherwise: string) => {
    const rest = all.filter((document) => !common.includes(document));
    return rest.length > 0 ? yaml(rest.join('---\n')) : otherwise;
  };
  const around = (text: string | undefined) => (text === undefined ? [] : ['while this is in the cluster:', yaml(text)]);
  return [
    `## ${id}`,
    `${name}. ${means}`,
    `Found here: ${uncapitalised(fails.says)}`,
    own(failing, yaml(fails.yaml)),
    ...around(fails.around),
    `Silent here: ${uncapitalised(passes.says)}`,
    own(passing, passes.around === undefined ? 'It is the same without what is shown above.' : 'The same objects,'),
    ...around(passes.around),
    ...(common.length < failing.length ? restOf(common) : []),
  ];
}

/** What both have, once for all hooks. */
function restOf(common: readonly string[]): string[] {
  if (common.length === 0) return [];
  const known = documents(hookExample({}));
  return common.every((document) => known.includes(document))
    ? ['The rest of both is [the chart of the hook examples](#the-chart-of-the-hook-examples).']
    : ['Both have besides:', yaml(common.join('---\n'))];
}

function documents(text: string): string[] {
  return text.split(/^---\n/m).map((document) => `${document.trimEnd()}\n`);
}

function yaml(text: string): string {
  return `\`\`\`yaml\n${text.trimEnd()}\n\`\`\``;
}

function uncapitalised(text: string): string {
  return /^[A-Z][a-z]* /.test(text) && !/^(Kubernetes|Helm|Widget)/.test(text)
    ? `${text.charAt(0).toLowerCase()}${text.slice(1)}`
    : text;
}
