/** docs/reference/rules.md, from the rules that find edges. */
import { rules } from '../../../src/graph/rules.ts';
import { code, page, table } from './markdown.ts';

export function rulesPage(): string {
  return page(
    'Rules that find edges',
    'src/graph/rules.ts',
    [
      'An edge says "A needs B while A lives". Each of these rules finds one sort of edge by reading fields of the objects.',
      '`bookend plan -f FILE --explain` shows every edge with the fields that prove it.',
    ].join('\n'),
    table(
      ['Rule', 'What goes wrong when the needed object goes first'],
      rules.map(({ name, why }) => [code(name), why]),
    ),
    [
      'Beside the rules, `dependsOn` of a component orders whole components.',
      'Some edges are only likely (`certainty: inferred` or `broad` in `-o json`): where they would close a circle they yield to those that a field proves.',
    ].join('\n'),
  );
}
