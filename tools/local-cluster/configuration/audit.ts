/**
 * The API server's audit policy: what Bookend itself asks for is written down, so that a test can hold its roles to
 * what it really uses.
 */
import { stringify } from 'yaml';

/** Bookend's own accounts are those of this namespace: the operator's, its hook's. */
const auditedGroup = 'system:serviceaccounts:bookend-system';

/**
 * audit.k8s.io/v1. Only metadata (who, what, on which object), once for each request when it is over; requests of
 * everybody else are left out. The user is the one who authenticated: what the operator does as another account is
 * written down as the operator's, with `impersonatedUser`.
 */
export function auditPolicy(): string {
  return stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Metadata', userGroups: [auditedGroup] }, { level: 'None' }],
  });
}
