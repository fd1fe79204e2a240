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
  const refusals = new Map<string, Refusal>();
  for (const event of audit) {
    if (event.refusal === undefined) {
      for (const each of refusals.values()) if (isOvercomeBy(each, event)) each.overcome = true;
    } else if (event.refusal.by !== undefined) note(refusals, refusalIn(event, event.refusal.by, tool, startedAt));
  }
  const gone = new Map<ObjectId, number>();
  for (const { what, id, at } of log) if (what === 'gone') gone.set(id, at - startedAt);
  return [...refusals.values()].map(({ user: _, last, ...entry }) => ({
    ...entry,
    overcome: entry.overcome || (gone.get(entry.id) ?? -1) >= last,
  }));
}

/** With who asked, and when the last request of this sort was refused. */
type Refusal = Refused & { user: string; last: number };

function refusalIn(event: AuditEvent, by: ObjectId, tool: Tool, startedAt: number): Refusal {
  const { refusal, operation, id, at } = event;
  return {
    at: at - startedAt,
    who: whoOf(event, tool),
    verb: operation.toLowerCase(),
    id,
    by,
    ...(refusal?.webhook !== undefined && { webhook: refusal.webhook }),
    message: refusal?.message ?? '',
    overcome: false,
    user: userOf(event),
    last: at - startedAt,
  };
}

/** The first refusal of a kind is kept whole; later ones are only counted. */
function note(refusals: Map<string, Refusal>, refusal: Refusal): void {
  const key = `${refusal.id}\0${refusal.verb}\0${refusal.by}`;
  const known = refusals.get(key);
  if (known === undefined) refusals.set(key, refusal);
  else Object.assign(known, { overcome: false, last: refusal.last });
}

/** Any later DELETE will do; of updates only one of whoever was refused. */
function isOvercomeBy(refusal: Refusal, event: AuditEvent): boolean {
  if (refusal.id !== event.id || refusal.verb !== event.operation.toLowerCase()) return false;
  return refusal.verb === 'delete' || refusal.user === userOf(event);
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
