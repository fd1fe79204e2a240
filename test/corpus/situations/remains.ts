/**
 * What is gone that should have stayed, and what stays: custom resources, claims, what an operator made, what somebody
 * makes anew.
 */
import { custom, definition, every, idle, object, operator, owned, serves } from '../pieces.ts';
import { ofBothHelms, type Place, type Situation } from '../situation.ts';

/**
 * No finalizers: the definition takes the custom resources along, and the garbage collector what they own. Unless it
 * hears of their end only when their kind is no longer served: then it cannot ask for the owner, and the child stays
 * (kubernetes/kubernetes#102641).
 */
const wiped: Situation = {
  key: 'wiped',
  says: 'A definition of the release goes, and takes the custom resources of others along',
  reported: ['volcano-sh/volcano#5727', 'elastic/cloud-on-k8s#5117'],
  chart: (place) => [
    definition(place, 'Database'),
    ...operator(place, [
      { groups: [place.group], resources: ['*'], verbs: ['*'] },
      { groups: ['apps'], resources: ['statefulsets'], verbs: every },
    ]),
  ],
  after: (place) => [custom(place, 'Database', 'orders', { namespace: place.elsewhere })],
  does: (place) =>
    serves(place, 'Database', [idle('StatefulSet', 'NAMESPACE', 'db-NAME', { metadata: owned(place, 'Database') })]),
  untilThere: ({ elsewhere }) => [`StatefulSet.apps/${elsewhere}/db-orders`],
  collected: ({ group }) => ({ apiVersion: `${group}/v1`, kind: 'Database' }),
  chance: ({ elsewhere }) => [`left StatefulSet.apps/${elsewhere}/db-orders`],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: ['custom-resources-wiped'] } }],
};

/** The same definitions with the annotation that keeps them: nothing is lost, and everything stays. */
const keptDefinitions: Situation = {
  ...wiped,
  key: 'kept-definitions',
  says: 'A definition with the policy keep stays, and the custom resources with it',
  reported: [],
  chance: () => [],
  chart: (place) => [
    definition(place, 'Database', { metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } } }),
    ...operator(place, [
      { groups: [place.group], resources: ['*'], verbs: ['*'] },
      { groups: ['apps'], resources: ['statefulsets'], verbs: every },
    ]),
  ],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [] } }],
};

/** The claim of a StatefulSet is not the release's; here its volume is made by hand, as nobody provisions any. */
const claims: Situation = {
  key: 'claims',
  says: 'The claims of a StatefulSet stay, with what is on them',
  reported: ['helm/helm#5156'],
  before: (place) => [
    object('v1', 'PersistentVolume', undefined, `${place.name}-0`, {
      spec: {
        capacity: { storage: '1Mi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: place.name,
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: { path: `/tmp/${place.name}`, type: 'DirectoryOrCreate' },
      },
    }),
  ],
  chart: (place) => [
    idle('StatefulSet', place.namespace, 'db', {
      spec: {
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName: place.name,
              resources: { requests: { storage: '1Mi' } },
            },
          },
        ],
      },
    }),
    object('v1', 'Service', place.namespace, 'db', { spec: { clusterIP: 'None', selector: { app: 'db' } } }),
  ],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [] } }],
};

/** In no manifest, without an owner: nobody deletes them. */
const madeByOperator: Situation = {
  key: 'made-by-operator',
  says: 'What an operator made for itself, without an owner, stays when it is gone',
  reported: ['kyverno/kyverno#9551', 'open-telemetry/opentelemetry-operator#4367'],
  chart: (place) => operator(place, [{ groups: [''], resources: ['secrets', 'configmaps'], verbs: every }]),
  does: ({ namespace }) => ({
    makes: [
      object('v1', 'Secret', namespace, 'operator-ca', { stringData: { ca: 'none' } }),
      object('v1', 'ConfigMap', namespace, 'operator-leader', { data: { leader: 'none' } }),
    ],
  }),
  untilThere: ({ namespace }) => [`Secret/${namespace}/operator-ca`, `ConfigMap/${namespace}/operator-leader`],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [], warnings: ['children-left'] } }],
};

/** The same of a program that writes under a name that is none of its own: nothing tells who made them. */
const madeByStranger: Situation = {
  ...madeByOperator,
  key: 'made-by-stranger',
  says: 'What an operator made under another name, without an owner, is not known to be its own',
  does: ({ namespace }) => ({
    writesAs: 'terraform-provider',
    makes: [object('v1', 'ConfigMap', namespace, 'leader', { data: { leader: 'none' } })],
  }),
  untilThere: ({ namespace }) => [`ConfigMap/${namespace}/leader`],
  missed: ({ namespace }) => [`left ConfigMap/${namespace}/leader`],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [] } }],
};

/** A custom resource without a finalizer, deleted by Helm: its children go by their owner, all is well. */
const wellOwned: Situation = {
  key: 'well-owned',
  says: 'Custom resources whose children have owners leave nothing',
  reported: [],
  crds: (place: Place) => [definition(place, 'Site')],
  chart: (place) => [
    ...operator(place, [
      { groups: [place.group], resources: ['*'], verbs: ['*'] },
      { groups: ['apps'], resources: ['deployments'], verbs: every },
    ]),
    custom(place, 'Site', 'main'),
  ],
  does: (place) => serves(place, 'Site', [idle('Deployment', 'NAMESPACE', 'site-NAME', { metadata: owned(place, 'Site') })]),
  untilThere: ({ namespace }) => [`Deployment.apps/${namespace}/site-main`],
  collected: ({ group }) => ({ apiVersion: `${group}/v1`, kind: 'Site' }),
  runs: ofBothHelms({ outcome: 'succeeded', errors: [] }),
};

export const remains: readonly Situation[] = [wiped, keptDefinitions, claims, madeByOperator, madeByStranger, wellOwned];
