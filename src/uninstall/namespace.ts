/**
 * `kubectl delete namespace`: one DELETE; the namespace controller does the rest, Pods first, everything else in no
 * order, nothing outside of the namespace.
 */
import { deleteAndWait } from './kubectl.ts';
import type { Uninstall } from './tool.ts';

export const namespace: Uninstall = (context) =>
  deleteAndWait(context, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: context.subject.namespace } }]);
