/**
 * Small previews for the tests of the reports: an uninstall that ends badly, one that is clean, and one that never
 * ends.
 */

import type { FindingEvidence } from '../../../knowledge/evidence.ts';
import { idOfRef } from '../../../objects/identity.ts';
import type { ObjectRef } from '../../../objects/object.ts';
import type { Preview, TimelineEntry } from '../../document.ts';
import type { PodEnd } from '../../play/outcome.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const binding: ObjectRef = { apiVersion: rbac, kind: 'ClusterRoleBinding', name: 'agent' };
const daemonSet: ObjectRef = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'shop', name: 'agent' };
const pod: ObjectRef = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'agent-1' };
const widget: ObjectRef = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'first' };
const account: ObjectRef = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'shop', name: 'agent' };

/** `helm uninstall`: a binding goes before the Pod that needs it, and a Widget stays for ever. */
export const bad: Preview = {
  subject: { from: 'release', name: 'agent', namespace: 'shop', live: true, objects: 4 },
  scenario: { tool: 'helm4', wait: true, hooks: true, timeoutMs: 300_000, seed: 1 },
  outcome: 'hangs',
  message: 'context deadline exceeded',
  returnedMs: 300_000,
  settledMs: 300_000,
  findings: [
    {
      rule: 'permissions-before-pods',
      severity: 'error',
      title: 'Pods of DaemonSet shop/agent lose their rights while they stop',
      objects: [daemonSet, binding],
      evidence: [
        {
          ...said(daemonSet, 'the preStop hook calls the API'),
          field: 'spec.template.spec.containers[0].lifecycle.preStop.exec.command',
          value: '["node","/app/clean.mjs"]',
          origin: { file: 'manifests/agent.yaml', line: 12, source: 'agent/templates/agent.yaml' },
        },
        said(binding, 'is deleted at 0.2s, 5.0s before the Pod is gone'),
      ],
      consequence: 'The preStop hook fails with 403; what it cleans stays behind.',
      remedies: [
        {
          says: 'Delete the DaemonSet first, and wait for its Pods.',
          steps: [{ do: 'run', when: 'before', argv: ['bookend', 'delete', 'daemonsets.apps/agent', '-n', 'shop'] }],
          played: { result: 'cures' },
        },
        {
          says: 'Make that part of the chart.',
          steps: [{ do: 'hook', delete: [{ kind: 'daemonsets.apps', names: ['agent'], namespace: 'shop' }] }],
          played: { result: 'cures' },
        },
      ],
      bookend: 'prevented',
      scenario: 'helm4',
    },
    {
      rule: 'unserved-finalizer',
      severity: 'warning',
      title: 'Nobody may serve the finalizer example.com/clean',
      objects: [widget],
      evidence: [said(widget, 'has the finalizer example.com/clean')],
      consequence: 'Widget shop/first stays Terminating, if no other controller serves it.',
      remedies: [
        {
          says: 'Keep a controller that serves the finalizer.',
          steps: [{ do: 'advise', says: 'Ask who wrote it.', why: 'person-decides' }],
          loses: 'time',
          played: { result: 'not-played', because: 'person-decides' },
        },
      ],
      bookend: 'reported',
      scenario: 'helm4',
    },
  ],
  timeline: [
    entry(binding, { calledAt: 200, goneAt: 200 }),
    entry(account, { calledAt: 300, goneAt: 300 }),
    entry(daemonSet, { calledAt: 400, terminatingAt: 400, goneAt: 5_300 }),
    entry(pod, { terminatingAt: 450, goneAt: 5_200, pod: podEnd() }),
    entry(widget, { calledAt: 500, terminatingAt: 500, notes: ['finalizer example.com/clean is served by nobody'] }),
  ],
  left: [
    {
      object: plain(widget),
      id: idOfRef(widget),
      why: 'stuck',
      because: 'finalizer example.com/clean: its controller Deployment shop/operator is gone',
    },
  ],
  bookend: {
    outcome: 'succeeded',
    settledMs: 6_100,
    failedPreStopHooks: 0,
    left: [],
    timeline: [
      entry(daemonSet, { calledAt: 100, terminatingAt: 100, goneAt: 5_000 }),
      entry(binding, { calledAt: 5_100, goneAt: 5_100 }),
    ],
  },
  supposed: ['Deployment shop/operator serves the finalizer example.com/clean (likely)'],
  notSeen: ['gadgets.example.com: forbidden for user jane'],
};

/** One ConfigMap from a file, and nothing to say of it. */
export const clean: Preview = {
  subject: { from: 'files', name: 'a.yaml', namespace: 'default', live: false, objects: 1 },
  scenario: { tool: 'kubectl', wait: true, hooks: true, timeoutMs: 0, seed: 1 },
  outcome: 'succeeded',
  returnedMs: 40,
  settledMs: 40,
  findings: [],
  timeline: [entry({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }, { calledAt: 0, goneAt: 0 })],
  left: [],
  supposed: [],
  notSeen: [],
};

/** The same preview when nobody played it through Bookend. */
export function withoutBookend({ bookend: _, findings, ...rest }: Preview): Preview {
  return { ...rest, findings: findings.map((finding) => ({ ...finding, bookend: 'not-played' })) };
}

function podEnd(): PodEnd {
  return {
    pod: idOfRef(pod),
    uid: 'u1',
    of: idOfRef(daemonSet),
    account: 'shop/agent',
    stoppingAt: 450,
    stoppedAt: 5_000,
    goneAt: 5_200,
    preStop: { containers: ['main'], calls: 'certain', outcome: 'failed', message: 'nodes "node-1" is forbidden' },
    lost: [{ at: 200, by: idOfRef(binding), what: 'patch nodes' }],
    missed: [],
  };
}

function entry(ref: ObjectRef, times: Omit<TimelineEntry, 'id' | 'object' | 'notes'> & { notes?: string[] }): TimelineEntry {
  return { id: idOfRef(ref), object: plain(ref), notes: [], ...times };
}

function said(ref: ObjectRef, says: string): FindingEvidence {
  return { object: `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`, id: idOfRef(ref), says };
}

function plain({ kind, apiVersion, namespace, name }: ObjectRef): TimelineEntry['object'] {
  return { kind, apiVersion, ...(namespace !== undefined && { namespace }), name };
}
