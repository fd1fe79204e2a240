/** Kubernetes user impersonation: headers that have the API server check and record a request as somebody else's. */
import type { Impersonation } from '../port.ts';

/** `Impersonate-User`, `-Group` (once for each group) and `-Uid`. */
export function impersonationHeaders({ user, groups, uid }: Impersonation): Record<string, string | string[]> {
  return {
    'impersonate-user': user,
    ...(groups && groups.length > 0 && { 'impersonate-group': groups }),
    ...(uid && { 'impersonate-uid': uid }),
  };
}
