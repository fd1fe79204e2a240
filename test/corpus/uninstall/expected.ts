/** How an uninstall of each situation ends for a person who follows the advice; absent: clean at the first try. */
import type { Place } from '../situation.ts';
import type { Expected } from './hold.ts';
import type { Advice } from './obedient.ts';
import type { Way } from './play.ts';

const clean = (...took: Advice[]): Expected => ({ took, exit: 0, verdict: 'clean' });
/** What stays needs everything of the release. */
const refused = (...took: Advice[]): Expected => ({ took, exit: 7, verdict: undefined });
const residue = (took: Advice[], left: (place: Place) => string[]): Expected => ({
  ...{ took, exit: 1, verdict: 'residue' },
  residue: left,
});

/** What a hook leaves that cannot be made or has no delete policy: its account with its permissions, and itself. */
const hookOf =
  (confidence: string, job = `${confidence} `) =>
  ({ name, namespace }: Place) => [
    `${confidence} ClusterRole.rbac.authorization.k8s.io/${name}-clean-up`,
    `${confidence} ClusterRoleBinding.rbac.authorization.k8s.io/${name}-clean-up`,
    ...(job === '' ? [] : [`${job}Job.batch/${namespace}/clean-up`]),
    `${confidence} ServiceAccount/${namespace}/clean-up`,
  ];

const failedJob = ({ namespace }: Place) => [`certain Job.batch/${namespace}/clean-up`];
const failedHook = residue(['delete', 'no-hooks'], failedJob);

export const expected: Readonly<Record<string, Partial<Record<Way, Expected>>>> = {
  'resource-elsewhere': { delete: clean('delete'), keep: refused('keep') },
  'pinned-rights': { delete: clean('unblock') },
  'protected-secret': { delete: residue([], ({ namespace }) => [`likely Secret/${namespace}/monitors`]) },
  'made-at-run-time': {
    delete: residue([], ({ name }) => [`likely ValidatingWebhookConfiguration.admissionregistration.k8s.io/${name}-admission`]),
  },
  conversion: { delete: clean('delete'), keep: refused('keep') },
  'hook-done-right': { delete: clean('delete'), keep: refused('keep', 'no-hooks') },
  'hook-lacks-delete': { delete: failedHook },
  'hook-no-node': { delete: failedHook },
  'hook-exists': {
    delete: {
      ...residue(['delete', 'no-hooks'], (place) => [
        ...hookOf('certain', '')(place),
        `possible Job.batch/${place.namespace}/clean-up`,
      ]),
      // The person deletes what is only possibly of the release.
      lost: ({ namespace }) => [`Job.batch/${namespace}/clean-up`],
    },
  },
  'hook-early': { delete: clean('delete') },
  'hook-image-gone': { delete: failedHook },
  'hook-deletes-others': {
    // As the hook of the chart does it.
    delete: {
      ...clean(),
      lost: ({ group, elsewhere }) => [
        `CustomResourceDefinition.apiextensions.k8s.io/features.${group}`,
        `Feature.${group}/${elsewhere}/of-others`,
      ],
      // A receipt knows what the uninstall deletes, not what a hook of the chart does.
      wrong: ({ group, elsewhere }) =>
        [
          `CustomResourceDefinition.apiextensions.k8s.io/features.${group}`,
          `APIService.apiregistration.k8s.io/v1.${group}`,
          `Feature.${group}/${elsewhere}/of-others`,
        ].map((id) => `${id} is gone, and the receipt does not say so`),
    },
  },
  'hook-waits-in-vain': {
    delete: {
      ...residue(['delete', 'no-hooks', 'unblock'], failedJob),
      // The operator deletes it for its custom resource, which does not own it.
      wrong: ({ namespace }) => [`ConfigMap/${namespace}/tunnel-main is gone, and the receipt does not say so`],
    },
  },
  'hook-leaks': { delete: residue([], hookOf('likely')) },
  wiped: { delete: clean('delete'), keep: refused('keep') },
  'kept-definitions': { delete: clean('delete'), keep: refused('keep') },
  claims: {
    delete: {
      ...residue([], ({ namespace }) => [`likely PersistentVolumeClaim/${namespace}/data-db-0`]),
      // The remedy deletes the claim, and nobody makes another volume here.
      staysDown: true,
    },
  },
  'made-by-operator': {
    delete: residue([], ({ namespace }) => [
      `likely ConfigMap/${namespace}/operator-leader`,
      `likely Secret/${namespace}/operator-ca`,
    ]),
  },
  'made-by-stranger': {
    // Nothing tells who made it: see the situation.
    delete: {
      ...clean(),
      wrong: ({ namespace }) => [`ConfigMap/${namespace}/leader is left, and the receipt does not say so`],
    },
  },
};
