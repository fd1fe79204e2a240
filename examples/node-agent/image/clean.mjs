/**
 * The agent's preStop hook: takes the label from its node again. Like real hooks it needs a while first (here a pause, so that one can
 * watch it), and like real hooks it needs the API and therefore its ServiceAccount and role until it is done.
 *
 * Environment: NODE_NAME, LABEL as for the agent; PAUSE_MS before the call (default 2000). Exits with 1 when the API refuses: the kubelet
 * reports that as an event FailedPreStopHook with what is printed here.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { request } from './api.mjs';

const { NODE_NAME, LABEL, PAUSE_MS = '2000' } = process.env;

await pause(Number(PAUSE_MS));
try {
  await request(
    'PATCH',
    `/api/v1/nodes/${NODE_NAME}`,
    { metadata: { labels: { [LABEL]: null } } },
    'application/merge-patch+json',
  );
  console.log(`node ${NODE_NAME} no longer has the label ${LABEL}`);
} catch (error) {
  console.error(`the label ${LABEL} stays on node ${NODE_NAME}: ${error.message}`);
  process.exit(1);
}
