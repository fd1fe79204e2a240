/** Whether image volumes may be counted on for a Pod: from what is known, without asking anybody. Pure. */
import { textOf } from '../objects/fields.ts';
import type { ImageVolumes } from '../share/share.ts';
import { eligibleNodes, isElaborate } from './eligible.ts';
import { type Findings, findingOf } from './finding.ts';
import type { NodeFacts } from './node.ts';
import { describePool, poolKey } from './pools.ts';
import { nodeSupport, serverSupport } from './support.ts';

/** What is known of a cluster. */
export type Known = {
  /** Of the API server; undefined before it was asked. */
  version: string | undefined;
  /** Undefined before they were read. */
  nodes: readonly NodeFacts[] | undefined;
  findings: Findings;
};

/**
 * Known only where it is known of every node that the Pod could get to.
 *
 * @param spec of the Pod or the Pod template
 */
export function judge({ version, nodes, findings }: Known, spec: Readonly<Record<string, unknown>>): ImageVolumes {
  if (version === undefined || nodes === undefined)
    return unknown('the version and the nodes of the cluster have not been read yet');
  const server = serverSupport(version);
  if (!server.expected) return unknown(`the API server ${server.why}`);
  const runtimeClass = textOf(spec.runtimeClassName);
  if (runtimeClass !== undefined)
    return unknown(`the Pod has the RuntimeClass ${runtimeClass}, and image volumes are tried without one`);
  if (spec.hostUsers === false)
    return unknown('the Pod has a user namespace of its own (hostUsers: false), and image volumes are tried without one');
  if (isElaborate(spec)) return unknown('the Pod has more tolerations and node selectors than are compared with all nodes');
  const eligible = eligibleNodes(nodes, spec);
  if (eligible.length === 0)
    return unknown('no node that is in the cluster now could run the Pod, so nobody knows what one that comes can do');
  const good = new Set<string>();
  for (const node of eligible) {
    if (good.has(poolKey(node))) continue;
    const reason = reasonAgainst(node, findings);
    if (reason !== undefined) return unknown(reason);
    good.add(poolKey(node));
  }
  return { known: true };
}

function unknown(reason: string): ImageVolumes {
  return { known: false, reason };
}

/** Why image volumes cannot be counted on there, in a sentence that names the node; undefined when they can. */
function reasonAgainst(node: NodeFacts, findings: Findings): string | undefined {
  const support = nodeSupport(node);
  if (!support.expected) return `node ${node.name} ${support.why}`;
  const description = describePool(node);
  const finding = findingOf(findings, { key: poolKey(node), description });
  const like = `nodes like ${node.name} (${description})`;
  switch (finding?.outcome) {
    case 'works':
      return undefined;
    case 'fails':
      return `image volumes do not work on ${like}: ${finding.message}`;
    case 'unclear':
      return `whether image volumes work on ${like} could not be found out: ${finding.message}`;
    default:
      return `image volumes have not been tried yet on ${like}`;
  }
}
