/**
 * What the local cluster's API server has written down about Bookend's own accounts
 * (tools/local-cluster/configuration/files.ts), and what it says of the leader: at most one writes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Lab } from '../../tools/lab/lab.ts';
import { clusterPaths } from '../../tools/local-cluster/machine/paths.ts';
import { operatorNamespace } from '../e2e/support.ts';

/** audit.k8s.io/v1 Event, the fields that are looked at. */
export type AuditEvent = {
  verb: string;
  stageTimestamp: string;
  user: { username: string; groups?: string[]; extra?: Record<string, string[]> };
  impersonatedUser?: { username: string };
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
};

/** Every event, the oldest first; undefined for a cluster that is not ours, of which nothing is written down. */
export function auditEvents({ local }: Pick<Lab, 'local'>): AuditEvent[] | undefined {
  if (local === undefined) return undefined;
  const { audit } = clusterPaths(local);
  if (!existsSync(audit)) return undefined;
  // Lumberjack names what it has put aside `audit-TIME.log`.
  const aside = readdirSync(dirname(audit))
    .filter((file) => /^audit-.*\.log$/.test(file))
    .sort();
  return [...aside, basename(audit)].flatMap((file) =>
    readFileSync(join(dirname(audit), file), 'utf8')
      .split('\n')
      .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as AuditEvent] : [])),
  );
}

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
