/** docs/reference/values.md, from the comments in the values of the chart bookend. */
import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { code, page, table } from './markdown.ts';

/** @param file path of charts/bookend/values.yaml */
export function valuesPage(file: string): string {
  const { contents } = parseDocument(readFileSync(file, 'utf8'));
  const rows = isMap(contents) ? rowsOf(contents, '') : [];
  return page(
    'Values of the chart bookend',
    'charts/bookend/values.yaml',
    [
      'Set them with `helm install --set` or a values file. charts/bookend/values.schema.json rejects any other value.',
      'The values of the library chart bookend-hook are in [Add the hook to a chart](../how-to/add-the-hook.md#values-of-the-hook).',
    ].join('\n'),
    table(['Value', 'Default', 'Description'], rows),
  );
}

/** A map that is written over several lines is shown key by key. */
function rowsOf(map: YAMLMap, path: string): string[][] {
  return map.items.flatMap((pair): string[][] => {
    const name = `${path}${isScalar(pair.key) ? String(pair.key.value) : ''}`;
    const comment = commentOf(pair, map);
    const { value } = pair;
    if (isMap(value) && !value.flow) return [...(comment ? [[code(name), '', comment]] : []), ...rowsOf(value, `${name}.`)];
    const plain: unknown = isNode(value) ? value.toJSON() : value;
    return [[code(name), code(JSON.stringify(plain)), comment]];
  });
}

/** The parser gives the comment above the first key to the map. */
function commentOf({ key }: Pair, map: YAMLMap): string {
  const first = map.items[0]?.key === key ? map.commentBefore : undefined;
  const text = (isScalar(key) ? key.commentBefore : undefined) ?? first ?? '';
  return text
    .split('\n')
    .map((line) => line.trim().replace(/^-- /, ''))
    .join(' ')
    .trim();
}
