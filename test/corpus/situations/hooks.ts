/** Clean-up hooks: the ones that cannot do what they are for, and one that can. */
import {
  cleanUpHook,
  custom,
  definition,
  every,
  type HookOptions,
  idle,
  object,
  operator,
  owned,
  type Rules,
  serves,
} from '../pieces.ts';
import { ofBothHelms, type Place, type Situation } from '../situation.ts';

const finalizerOf = ({ group }: Place) => `${group}/finalizer`;
const whole = ({ group }: Place): Rules => [{ groups: [group], resources: ['*'], verbs: ['*'] }];
const may = ({ group }: Place, verbs: string[]): Rules => [{ groups: [group], resources: ['tunnels'], verbs }];
const plural = (place: Place) => `tunnels.${place.group}`;

/**
 * A release whose operator serves a finalizer of the custom resource that somebody made in its namespace, and a hook
 * that is to delete that first.
 */
const base = {
  crds: (place: Place) => [definition(place, 'Tunnel')],
  after: (place: Place) => [custom(place, 'Tunnel', 'main')],
  does: (place: Place) =>
    serves(place, 'Tunnel', [object('v1', 'ConfigMap', 'NAMESPACE', 'tunnel-NAME', { metadata: owned(place, 'Tunnel') })], {
      finalizer: finalizerOf(place),
    }),
  untilThere: ({ namespace }: Place) => [`ConfigMap/${namespace}/tunnel-main`],
};

const operatorOf = (place: Place) =>
  operator(place, [...whole(place), { groups: [''], resources: ['configmaps'], verbs: every }]);

const deletesAndWaits = (place: Place) => `kubectl delete ${plural(place)} --all -n ${place.namespace} --wait`;

/** A hook that deletes the custom resources and waits, with all rights for it. */
const withHook =
  (options: Partial<HookOptions> = {}) =>
  (place: Place) => [
    ...operatorOf(place),
    ...cleanUpHook(place, { script: deletesAndWaits(place), rules: may(place, every), ...options }),
  ];

const doneRight: Situation = {
  ...base,
  key: 'hook-done-right',
  says: 'A hook deletes the custom resources and waits, while the operator lives: nothing is left of them',
  reported: [],
  chart: withHook({ policy: 'before-hook-creation,hook-succeeded' }),

  runs: [
    ...ofBothHelms({ outcome: 'succeeded', errors: [] }),
    {
      tool: 'helm4',
      flags: ['--no-hooks'],
      foretold: { outcome: 'succeeded', errors: [], warnings: ['finalizer-unserved'] },
    },
  ],
};

const lacksDelete: Situation = {
  ...base,
  key: 'hook-lacks-delete',
  says: 'A hook whose role lacks the verb delete fails, and the uninstall with it',
  reported: ['projectcalico/calico#8389'],
  chart: (place) => [
    ...operatorOf(place),
    ...cleanUpHook(place, { script: deletesAndWaits(place), rules: may(place, ['get', 'list', 'watch']) }),
  ],
  runs: [{ tool: 'helm4', foretold: { outcome: 'failed', errors: ['hook-lacks-rights'], warnings: ['finalizer-unserved'] } }],
};

const noNode: Situation = {
  ...base,
  key: 'hook-no-node',
  says: 'A hook that fits no node never starts',
  reported: ['projectcalico/calico#9220'],
  chart: withHook({ pod: { nodeSelector: { 'corpus.bookend.dev/no-such': 'node' } } }),

  runs: [
    {
      tool: 'helm4',
      timeoutSeconds: 15,
      foretold: { outcome: 'failed', errors: ['hook-unschedulable'], warnings: ['finalizer-unserved'] },
    },
  ],
};

const leftFromBefore: Situation = {
  ...base,
  key: 'hook-exists',
  says: 'The Job of an earlier try is still there, and the hook cannot be made again',
  reported: ['projectcalico/calico#8490', 'longhorn/longhorn#1792', 'VictoriaMetrics/helm-charts#538'],
  chart: withHook({ policy: 'hook-succeeded' }),

  before: (place) => [
    object('batch/v1', 'Job', place.namespace, 'clean-up', {
      spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'clean-up', image: 'none' }] } } },
    }),
  ],
  runs: ofBothHelms({
    outcome: 'failed',
    errors: ['hook-fails'],
    warnings: ['finalizer-unserved', 'hook-breaks-retry', 'hook-leaks'],
  }),
};

const doesNotWait: Situation = {
  ...base,
  key: 'hook-early',
  says: 'A hook that does not wait lets the operator go while the custom resource still needs it',
  reported: ['k8ssandra/k8ssandra#623'],
  // The operator takes its time, as one does that takes a database down.
  does: (place) =>
    serves(place, 'Tunnel', [idle('Deployment', 'NAMESPACE', 'tunnel-NAME', { metadata: owned(place, 'Tunnel') })], {
      finalizer: finalizerOf(place),
      takesSeconds: 20,
    }),
  untilThere: ({ namespace }) => [`Deployment.apps/${namespace}/tunnel-main`],
  chart: (place) => [
    ...operator(place, [...whole(place), { groups: ['apps'], resources: ['deployments'], verbs: every }]),
    ...cleanUpHook(place, {
      script: `kubectl delete ${plural(place)} --all -n ${place.namespace} --wait=false`,
      rules: may(place, every),
      policy: 'before-hook-creation,hook-succeeded',
    }),
  ],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [], warnings: ['hook-does-not-wait'] } }],
};

const imageGone: Situation = {
  ...base,
  key: 'hook-image-gone',
  says: 'The image of a hook, from third parties, is not to be had on the day of the uninstall',
  reported: ['kyverno/kyverno#14037', 'open-telemetry/opentelemetry-helm-charts#1485'],
  chart: withHook({ image: 'registry.example.invalid/somebody/kubectl:1.30' }),

  runs: [{ tool: 'helm4', timeoutSeconds: 15, foretold: { outcome: 'succeeded', errors: [], warnings: ['hook-image'] } }],
};

/** The definition, and what is made of it, belong to nobody of this release. */
const deletesOthers: Situation = {
  key: 'hook-deletes-others',
  says: 'A hook deletes a definition that others use as well, and their custom resources go with it',
  reported: ['ROCm/gpu-operator#324'],
  before: (place) => [definition(place, 'Feature'), custom(place, 'Feature', 'of-others', { namespace: place.elsewhere })],
  chart: (place) => [
    ...operator(place, [{ groups: [''], resources: ['nodes'], verbs: ['get', 'list'] }]),
    ...cleanUpHook(place, {
      script: `kubectl delete crd features.${place.group} --ignore-not-found`,
      rules: [{ groups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: every }],
      policy: 'before-hook-creation,hook-succeeded',
    }),
  ],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: ['hook-deletes-others'] } }],
};

/** A finalizer of somebody who is not there: the hook waits for ever, and Helm for its time-out. */
const waitsInVain: Situation = {
  ...base,
  key: 'hook-waits-in-vain',
  says: 'A hook waits for a custom resource that somebody else’s finalizer holds, until Helm gives up',
  reported: ['VictoriaMetrics/helm-charts#1125', 'k8ssandra/k8ssandra#623'],
  after: (place) => [custom(place, 'Tunnel', 'main', { metadata: { finalizers: ['storage.example.invalid/volumes'] } })],
  chart: withHook(),

  runs: [{ tool: 'helm4', timeoutSeconds: 20, foretold: { outcome: 'succeeded', errors: [], warnings: ['finalizer-unserved'] } }],
};

/** The account, the role and the Job have no delete policy: they stay, with all rights on Secrets. */
const leaksAccount: Situation = {
  key: 'hook-leaks',
  says: 'A hook without a delete policy leaves its account, its rights and its Job',
  reported: ['VictoriaMetrics/helm-charts#538', 'longhorn/longhorn#1792'],
  chart: (place) => [
    idle('Deployment', place.namespace, 'app'),
    ...cleanUpHook(place, {
      script: `kubectl get configmaps -n ${place.namespace}`,
      rules: [{ groups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
      accountPolicy: 'before-hook-creation',
    }),
  ],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [], warnings: ['hook-leaks'] } }],
};

export const hooks: readonly Situation[] = [
  doneRight,
  lacksDelete,
  noNode,
  leftFromBefore,
  doesNotWait,
  imageGone,
  deletesOthers,
  waitsInVain,
  leaksAccount,
];
