/** Combines permissions into as few rules as possible, each with its reason. */
import type { Phase } from './asked.ts';
import { joined, type Reason, type Right, type UrlRight } from './right.ts';

export type Rule = {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
};

export type ExplainedRule = { rule: Rule; why: Reason; phases: Phase[] };

type Row = {
  group: string;
  resources: string[];
  names: string[] | undefined;
  verbs: string[];
  why: Reason;
  phases: Phase[];
};

/** The rules of one Role or ClusterRole. Nothing is in them that is not in the rights. */
export function rulesOf(rights: readonly Right[], urls: readonly UrlRight[] = []): ExplainedRule[] {
  const single = rights.map(
    ({ verb, group, resource, name, why, phases }): Row => ({
      group,
      resources: [resource],
      names: name === undefined ? undefined : [name],
      verbs: [verb],
      why,
      phases,
    }),
  );
  const byVerb = merged(single, ({ group, resources, names, why }) => [group, resources, names, why]);
  // Only where the verbs are the same: two names with different verbs would give each the verbs of the other.
  const byName = merged(byVerb, ({ group, resources, names, verbs, why }) => [group, resources, names !== undefined, verbs, why]);
  // Names are of one resource; without names several resources say the same.
  const byResource = merged(byName, ({ group, names, resources, verbs, why }) => [
    group,
    names ?? null,
    names ? resources : [],
    verbs,
    why,
  ]);
  const inOrder = byResource.sort((one, other) => compare(sortKey(one), sortKey(other)));
  return [...inOrder.map(explained), ...urlRules(urls)];
}

function merged(rows: readonly Row[], keyOf: (row: Row) => unknown): Row[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(keyOf(row)));
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        ...first,
        resources: sorted(same.flatMap(({ resources }) => resources)),
        names: first.names && sorted(same.flatMap(({ names = [] }) => names)),
        verbs: sorted(
          same.flatMap(({ verbs }) => verbs),
          verbOrder,
        ),
        phases: same.map(({ phases }) => phases).reduce(joined),
      },
    ];
  });
}

function explained({ group, resources, names, verbs, why, phases }: Row): ExplainedRule {
  return { rule: { apiGroups: [group], resources, ...(names && { resourceNames: names }), verbs }, why, phases };
}

function urlRules(urls: readonly UrlRight[]): ExplainedRule[] {
  const groups = Map.groupBy(urls, ({ verb, why }) => `${verb} ${why}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const rule = { nonResourceURLs: sorted(same.map(({ url }) => url)), verbs: [first.verb] };
    return [{ rule, why: first.why, phases: [] }];
  });
}

const verbOrder = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

function sorted(values: readonly string[], order: readonly string[] = []): string[] {
  const rank = (value: string) => (order.includes(value) ? order.indexOf(value) : order.length);
  return [...new Set(values)].sort((a, b) => rank(a) - rank(b) || compare(a, b));
}

const reasonOrder: readonly Reason[] = [
  ...(['own', 'own-unnamed', 'granted', 'aggregated', 'bound', 'parameters', 'attested', 'pods-and-children'] as const),
  ...(['failed-hooks', 'custom-resources', 'children-of-custom-resources', 'forced'] as const),
];

function sortKey({ why, group, resources, names }: Row): string {
  return JSON.stringify([String(reasonOrder.indexOf(why)).padStart(2, '0'), group, resources, names ?? []]);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
