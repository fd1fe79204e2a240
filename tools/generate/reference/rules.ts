/** docs/reference/rules.md, from the rules that find edges. */
import { rules } from '../../../src/graph/rules.ts';
import { code, page, table } from './markdown.ts';

export function rulesPage(): string {
  return page(
    'Rules that find edges',
    'src/graph/rules.ts',
    [
      'An edge means "A needs B while A exists". Each rule finds one kind of edge by reading fields of the objects.',
      '`bookend plan -f FILE --explain` prints every edge with the fields that prove it.',
    ].join('\n'),
    table(
      ['Rule', 'What goes wrong if the needed object is deleted first'],
      rules.map(({ name, why }) => [code(name), why]),
    ),
    [
      '`dependsOn` of a component orders whole components.',
      'Some edges are only likely (`certainty: inferred` or `broad` in `-o json`). In a cycle, Bookend drops them in favour of edges that a field proves.',
    ].join('\n'),
  );
}
