/**
 * The agent of the example: labels its node when it starts, as storage and network agents do, and is ready once the label is there.
 *
 * Environment: NODE_NAME (from the downward API), LABEL (the label's key), PORT of the readiness probe (default 8080).
 */
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from './api.mjs';

const { NODE_NAME, LABEL, PORT = '8080' } = process.env;
let ready = false;

process.on('SIGTERM', () => process.exit(0));
createServer((_, answer) => answer.writeHead(ready ? 200 : 503).end()).listen(Number(PORT));

// A restarted container comes through here again: setting a label twice changes nothing.
while (!ready) {
  try {
    await request(
      'PATCH',
      `/api/v1/nodes/${NODE_NAME}`,
      { metadata: { labels: { [LABEL]: 'ready' } } },
      'application/merge-patch+json',
    );
    ready = true;
    console.log(`node ${NODE_NAME} has the label ${LABEL}=ready`);
  } catch (error) {
    console.error(`${error.message}; trying again`);
    await pause(1000);
  }
}
