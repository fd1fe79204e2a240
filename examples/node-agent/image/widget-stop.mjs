/**
 * The preStop hook of a Widget's Pods: enters into the ledger that the Pod has stopped in order. It needs the API and the chart's rights for it.
 *
 * Environment: POD_NAME, LEDGER (a ConfigMap of this namespace); PAUSE_MS before the call (default 2000). Exits with 1 when the API refuses.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ownNamespace, request } from './api.mjs';

const { POD_NAME, LEDGER, PAUSE_MS = '2000' } = process.env;

await pause(Number(PAUSE_MS));
try {
  const entry = { data: { [POD_NAME]: 'stopped' } };
  await request('PATCH', `/api/v1/namespaces/${ownNamespace}/configmaps/${LEDGER}`, entry, 'application/merge-patch+json');
} catch (error) {
  console.error(`Pod ${POD_NAME} is not in the ledger: ${error.message}`);
  process.exit(1);
}
