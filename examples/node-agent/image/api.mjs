/**
 * The few lines of Kubernetes API that the examples need, with nothing but Node: a request as this Pod's ServiceAccount, and "keep
 * doing this for every object of a kind". They stay this small on purpose, so that an example can be read in one sitting.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const server = `https://${process.env.KUBERNETES_SERVICE_HOST}:${process.env.KUBERNETES_SERVICE_PORT}`;
setDefaultCACertificates([...getCACertificates('default'), readFileSync(`${account}/ca.crt`, 'utf8')]);

/** The namespace that this Pod runs in. */
export const ownNamespace = readFileSync(`${account}/namespace`, 'utf8').trim();

/** An answer of the API server that is not a success; `status` is the HTTP status. */
export class ApiError extends Error {
  constructor(method, path, status, message) {
    super(`${method} ${path}: ${status} ${message}`);
    this.status = status;
  }
}

/**
 * One request to the API server. The token is read each time because the kubelet renews it.
 * @param {string} method HTTP method
 * @param {string} path path and query
 * @param {object} [body] sent as JSON
 * @param {string} [contentType] of the body; server-side apply and patches have their own
 * @throws {ApiError} for any answer but 2xx
 */
export async function request(method, path, body, contentType = 'application/json') {
  const response = await send(method, path, body, contentType, AbortSignal.timeout(10_000));
  return response.json();
}

/** Creates the object or sets the fields named in it (server-side apply). */
export function apply(path, object, fieldManager) {
  return request('PATCH', `${path}?fieldManager=${fieldManager}&force=true`, object, 'application/apply-patch+yaml');
}

/**
 * Calls `reconcile` with every object that exists under `path` (a collection), and again whenever one of them changes; forever, through
 * broken connections and failures of `reconcile`, which are printed.
 */
export async function reconcileEach(path, reconcile) {
  for (;;) {
    try {
      const list = await request('GET', path);
      for (const object of list.items) await reconcile(object);
      for await (const object of changes(path, list.metadata.resourceVersion)) await reconcile(object);
    } catch (error) {
      console.error(`${error.message}; trying again`);
      await pause(1000);
    }
  }
}

async function* changes(path, resourceVersion) {
  const query = `watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=240`;
  const response = await send('GET', `${path}?${query}`, undefined, undefined, AbortSignal.timeout(300_000));
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const { type, object } = JSON.parse(line);
      if (type === 'ERROR') throw new Error(`watch of ${path}: ${object.message}`);
      if (type !== 'DELETED') yield object;
    }
  }
}

async function send(method, path, body, contentType, signal) {
  const token = readFileSync(`${account}/token`, 'utf8').trim();
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', ...(body && { 'content-type': contentType }) };
  const response = await fetch(server + path, { method, headers, signal, body: body && JSON.stringify(body) });
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new ApiError(method, path, response.status, answer.message ?? response.statusText);
}
