/**
 * A user for the tools that are measured. The API server counts requests by flow schema, and this user has a flow
 * schema of its own, so the count is the same for every tool.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { bound, userOf } from '../../tools/lab/access.ts';
import type { Lab } from '../../tools/lab/lab.ts';
import type { RawClient } from '../raw-client.ts';

const user = 'bench-client';

/**
 * @param directory for the kubeconfig
 * @returns the kubeconfig that tools use
 */
export async function clientKubeconfig(lab: Lab, directory: string): Promise<string> {
  for (const object of objects) await lab.cluster.apply(object, { fieldManager: 'bench', force: true });
  const config = parse(readFileSync(lab.kubeconfig, 'utf8')) as { users: { user: object }[] };
  const users = config.users.map((entry) => ({ ...entry, user: { ...entry.user, as: user } }));
  const file = join(directory, 'client.kubeconfig');
  writeFileSync(file, stringify({ ...config, users }), { mode: 0o600 });
  return file;
}

/** The requests of that user so far, each watch as one. */
export async function clientRequests(raw: RawClient): Promise<number> {
  const line = new RegExp(`^apiserver_flowcontrol_dispatched_requests_total\\{flow_schema="${user}"[^}]*\\} (\\S+)$`, 'gm');
  return [...(await raw.text('/metrics')).matchAll(line)].reduce((sum, [, value]) => sum + Number(value), 0);
}

const objects: KubernetesObject[] = [
  bound('ClusterRoleBinding', { name: user }, 'ClusterRole', 'cluster-admin', userOf(user)),
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: user },
    spec: {
      // As for an administrator: nobody waits for a turn.
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 2,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: user } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  },
];
