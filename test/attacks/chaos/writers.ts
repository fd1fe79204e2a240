/**
 * At most one leader, told from what the API server has written down: which Pod of the operator wrote what, and when.
 */
import type { Lab } from '../../../tools/lab/lab.ts';
import { operatorNamespace } from '../../e2e/support.ts';
import { type AuditEvent, auditEvents } from '../audit.ts';

const podName = 'authentication.kubernetes.io/pod-name';
const operator = `system:serviceaccount:${operatorNamespace}:bookend`;

/**
 * Writes of a Pod that came after another Pod had already taken over, as sentences. A Pod that lost the lease may win
 * it again: then it writes the lease first.
 * @returns nothing on a cluster of which nothing is written down
 */
export function interleavedWriters(lab: Pick<Lab, 'local'>, since: Date): string[] {
  const events = (auditEvents(lab) ?? []).filter(
    ({ user, verb, stageTimestamp }) =>
      user.username === operator && /^(create|patch|update|delete)$/.test(verb) && new Date(stageTimestamp) >= since,
  );
  const found: string[] = [];
  let holder: string | undefined;
  for (const event of events) {
    const pod = event.user.extra?.[podName]?.[0];
    if (pod === undefined || (event.responseStatus?.code ?? 500) >= 300) continue;
    const { resource, name } = event.objectRef ?? {};
    if (resource === 'leases' && name === 'bookend') holder = pod;
    // Events tell what was; every replica has a webhook and may mend its certificate.
    else if (isAct(event) && holder !== undefined && pod !== holder)
      found.push(`${event.stageTimestamp} ${pod} did ${event.verb} ${resource} ${name} while ${holder} held the lease`);
  }
  return found;
}

function isAct({ objectRef }: AuditEvent): boolean {
  const { resource = '', namespace } = objectRef ?? {};
  if (/^(events|leases|tokenreviews|subjectaccessreviews|selfsubjectaccessreviews)$/.test(resource)) return false;
  return !(namespace === operatorNamespace || resource === 'mutatingwebhookconfigurations');
}
