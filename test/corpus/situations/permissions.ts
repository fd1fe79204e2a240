/** Pods whose preStop hook calls the API server, and the rights that they have then. */
import { account, agent, custom, definition, every, object, operator, owned } from '../pieces.ts';
import { ofBothHelms, type Place, type Situation } from '../situation.ts';

const ledger = ({ namespace }: Place) => object('v1', 'ConfigMap', namespace, 'ledger');
const agentRules = [{ groups: [''], resources: ['configmaps'], verbs: ['get', 'patch'] }];

/** The DaemonSet is the release's own. */
const ownAgent: Situation = {
  key: 'own-agent',
  says: 'The agents of a release lose their rights while their preStop hooks run',
  reported: ['kata-containers/kata-containers#10192', 'helm/helm#7270', 'rook/rook#6002'],
  before: (place) => [ledger(place)],
  chart: (place) => [...account(place, 'agent', agentRules), agent(place, 'agent')],
  runs: [
    ...ofBothHelms({ outcome: 'succeeded', errors: ['permissions-before-pods'] }),
    // The binding and its role lie in no namespace, and Pods go before all else.
    { tool: 'namespace', foretold: { outcome: 'succeeded', errors: [] } },
  ],
};

/** The operator makes the DaemonSet of a custom resource; Helm knows the rights of its Pods and not the Pods. */
const agentOfOperator: Situation = {
  key: 'agent-of-operator',
  says: 'The agents that an operator made lose their rights, which are the release’s',
  reported: ['helm/helm#12627', 'tigera/operator#4150', 'kyverno/kyverno#9551'],
  before: (place) => [ledger(place)],
  crds: (place) => [definition(place, 'NodeAgent')],
  chart: (place) => [
    ...account(place, 'agent', agentRules),
    ...operator(place, [
      { groups: [place.group], resources: ['*'], verbs: ['*'] },
      { groups: ['apps'], resources: ['daemonsets'], verbs: every },
    ]),
    custom(place, 'NodeAgent', 'main'),
  ],
  does: (place) => {
    const made = agent(place, 'agent-NAME', { pod: { serviceAccountName: 'agent' }, metadata: owned(place, 'NodeAgent') });
    return { serves: [{ apiVersion: `${place.group}/v1`, plural: 'nodeagents', children: [made] }] };
  },
  untilThere: ({ namespace }) => [`DaemonSet.apps/${namespace}/agent-main`],
  collected: ({ group }) => ({ apiVersion: `${group}/v1`, kind: 'NodeAgent' }),
  runs: ofBothHelms({ outcome: 'succeeded', errors: ['permissions-before-pods'] }),
};

/** The same agents, with rights that are not the release's: they are there to the end. */
const lastingRights: Situation = {
  key: 'lasting-rights',
  says: 'Agents whose rights belong to another release end well',
  reported: [],
  before: (place) => [ledger(place), ...account(place, 'agent', agentRules)],
  chart: (place) => [agent(place, 'agent')],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [] } }],
};

export const permissions: readonly Situation[] = [ownAgent, agentOfOperator, lastingRights];
