/**
 * What webhooks, policies, conversions and API services refused while the play went on, whoever had asked, and whether
 * it went through later.
 */
import type { AuditEvent, SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { ObjectId } from '../../objects/identity.ts';
import { accountOfUser } from '../../objects/service-accounts.ts';
import type { Tool } from '../../uninstall/scenario.ts';
import type { Refused } from './outcome.ts';

/** From the cluster's audit log, one for each object, verb and refusing object. */
export function refusalsIn({ audit, log }: SimulatedCluster, tool: Tool, startedAt: number): Refused[] {
  const refused = new Map<string, Refused & { user: string; last: number }>();
  for (const event of audit) {
    const { refusal, operation, id, at } = event;
    const verb = operation.toLowerCase();
    if (refusal?.by === undefined) {
      if (refusal === undefined)
        for (const entry of refused.values()) if (entry.id === id && passes(entry, event)) entry.overcome = true;
      continue;
    }
    const key = `${id}\0${verb}\0${refusal.by}`;
    const known = refused.get(key);
    if (known !== undefined) {
      known.overcome = false;
      known.last = at - startedAt;
      continue;
    }
    refused.set(key, {
      at: at - startedAt,
      who: whoOf(event, tool),
      verb,
      id,
      by: refusal.by,
      ...(refusal.webhook !== undefined && { webhook: refusal.webhook }),
      message: refusal.message,
      overcome: false,
      user: userOf(event),
      last: at - startedAt,
    });
  }
  const gone = new Map<ObjectId, number>();
  for (const { what, id, at } of log) if (what === 'gone') gone.set(id, at - startedAt);
  return [...refused.values()].map(({ user: _, last, ...entry }) => ({
    ...entry,
    overcome: entry.overcome || (gone.get(entry.id) ?? -1) >= last,
  }));
}

/** Any later DELETE will do; of updates only one of whoever was refused. */
function passes(entry: Refused & { user: string }, event: AuditEvent): boolean {
  if (entry.verb !== event.operation.toLowerCase()) return false;
  return entry.verb === 'delete' || entry.user === userOf(event);
}

function userOf({ user, controller }: AuditEvent): string {
  return controller ?? user;
}

function whoOf({ user, controller }: AuditEvent, tool: Tool): string {
  if (controller === 'generic-garbage-collector') return 'garbage-collector';
  if (controller !== undefined) return controller;
  const account = accountOfUser(user);
  if (account) return `ServiceAccount ${account.namespace}/${account.name}`;
  return user.startsWith('system:') ? 'kubernetes' : clients[tool];
}

const clients: Record<Tool, string> = {
  helm4: 'helm',
  helm3: 'helm',
  kubectl: 'kubectl',
  argocd: 'argocd',
  flux: 'flux',
  namespace: 'kubectl',
  bookend: 'bookend',
};
