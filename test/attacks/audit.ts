/**
 * What the local cluster's API server has written down about Bookend's own accounts
 * (tools/local-cluster/configuration/audit.ts).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Lab } from '../../tools/lab/lab.ts';
import { clusterPaths } from '../../tools/local-cluster/machine/paths.ts';

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
