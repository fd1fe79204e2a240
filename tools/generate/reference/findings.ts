/**
 * docs/reference/findings.md, from the rules of the preview: what each means, with an example that fails and one that
 * passes.
 */
import { hookExample } from '../../../src/preview/rules/hook-examples.ts';
import type { Rule } from '../../../src/preview/rules/rule.ts';
import { findingRules } from '../../../src/preview/rules/rules.ts';
import { code, page, table } from './markdown.ts';

export function findingsPage(): string {
  return page(
    'Findings of a preview',
    'src/preview/rules/rules.ts',
    [
      'Each rule of `bookend preview` and `bookend lint`, with one example that has the finding and one that does not. The tests run every example.',
      '[Limits](../limits.md#previews) describes what a preview cannot know.',
    ].join('\n'),
    table(
      ['Severity', 'Meaning'],
      [
        ['error', 'It happens on the simulated cluster, and the manifests or the cluster contain all the evidence.'],
        ['warning', 'It depends on something that Bookend did not see. The finding names it.'],
        ['note', 'For your information: nothing goes wrong.'],
      ],
    ),
    table(
      ['Rule', 'Summary'],
      findingRules.map(({ meta: { id, name } }) => [`[${code(id)}](#${id})`, name]),
    ),
    ...findingRules.flatMap(sectionOf),
    '## The chart of the hook examples',
    'An operator that keeps its CustomResourceDefinition, and a hook that deletes the custom resources first.',
    yaml(hookExample({})),
  );
}

function sectionOf({ meta: { id, name, means, fails, passes } }: Rule): string[] {
  const failing = documents(fails.yaml);
  const passing = documents(passes.yaml);
  const common = failing.filter((document) => passing.includes(document));
  const own = (all: readonly string[], otherwise: string) => {
    const rest = all.filter((document) => !common.includes(document));
    return rest.length > 0 ? yaml(rest.join('---\n')) : otherwise;
  };
  const around = (text: string | undefined) => (text === undefined ? [] : ['with this in the cluster:', yaml(text)]);
  return [
    `## ${id}`,
    `${name}. ${means}`,
    `Finding: ${uncapitalised(fails.says)}`,
    own(failing, yaml(fails.yaml)),
    ...around(fails.around),
    `No finding: ${uncapitalised(passes.says)}`,
    own(passing, passes.around === undefined ? 'The same, without the objects above.' : 'The same objects,'),
    ...around(passes.around),
    ...(common.length < failing.length ? restOf(common) : []),
  ];
}

/** What both have, once for all hooks. */
function restOf(common: readonly string[]): string[] {
  if (common.length === 0) return [];
  const known = documents(hookExample({}));
  return common.every((document) => known.includes(document))
    ? ['The rest of both examples is [the chart of the hook examples](#the-chart-of-the-hook-examples).']
    : ['Both examples also contain:', yaml(common.join('---\n'))];
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
