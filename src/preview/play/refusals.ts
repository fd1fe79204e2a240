/** What webhooks, conversions, policies and API services refused while the play went on, whoever had asked, and whether it went through later. */
import type { Admission, AdmissionRequest, SimulatedCluster } from '../../cluster/simulated/index.ts';
import { accountOf } from '../../cluster/simulated/user.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { Refused, Tool } from '../model.ts';
import type { GateRefusal } from './gates/gate.ts';

export type Refusals = { all(): Refused[] };

export function recordRefusals({ server, environment, clock }: SimulatedCluster, tool: Tool, startedAt: number): Refusals {
  const refused: Refused[] = [];
  const open = new Map<ObjectId, Refused[]>();
  const record =
    (plugin: Admission): Admission =>
    (request) => {
      const refusal: Partial<GateRefusal> | undefined = plugin(request);
      const object = request.object ?? request.oldObject;
      if (refusal?.message === undefined || object === undefined || request.dryRun)
        return refusal?.message === undefined ? undefined : { ...refusal, message: refusal.message };
      const id = idOf(object);
      const verb = request.operation.toLowerCase();
      const by = refusal.by ?? id;
      const known = open.get(id) ?? [];
      if (!known.some((each) => each.verb === verb && each.by === by)) {
        const entry: Refused = {
          at: clock.now() - startedAt,
          who: whoOf(request, tool),
          verb,
          id,
          by,
          ...(refusal.webhook !== undefined && { webhook: refusal.webhook }),
          message: refusal.message,
          overcome: false,
        };
        refused.push(entry);
        open.set(id, [...known, entry]);
      }
      return { ...refusal, message: refusal.message };
    };
  for (const [index, plugin] of server.admission.entries()) server.admission[index] = record(plugin);
  environment.onAny(({ type, object, old }) => {
    const id = idOf(object);
    for (const entry of open.get(id) ?? []) {
      const deleted = type === 'deleted' || (entry.verb === 'delete' && object.metadata.deletionTimestamp !== undefined);
      const updated = entry.verb === 'update' && old?.metadata.finalizers?.length !== object.metadata.finalizers?.length;
      if (deleted || updated) entry.overcome = true;
    }
  });
  return { all: () => refused };
}

function whoOf({ user, operation, object, oldObject, kind }: AdmissionRequest, tool: Tool): string {
  const account = accountOf(user.name);
  if (account) return `ServiceAccount ${account.namespace}/${account.name}`;
  if (user.name !== 'system:kube-controller-manager') return clients[tool];
  if (kind.key === 'namespaces') return 'namespace-controller';
  const { ownerReferences, finalizers } = (oldObject ?? object)?.metadata ?? {};
  if (ownerReferences?.length || finalizers?.includes('foregroundDeletion') || finalizers?.includes('orphan'))
    return 'garbage-collector';
  return operation === 'DELETE' ? 'namespace-controller' : 'kubernetes';
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
