/**
 * Sends requests, 32 at a time, and does nothing else: no order, no reading of answers, no retries, no watches. Its
 * speed is the limit of this API server on this machine.
 */
import type { Dispatcher } from 'undici';
import { inTurns } from '../src/cluster/in-turns.ts';
import { type Connection, makeAgents } from '../src/cluster/kube/connection.ts';
import { findConnection } from '../src/cluster/kube/open.ts';
import type { KubernetesObject } from '../src/objects/object.ts';

/** As many as Bookend has under way. */
const width = 32;

type Sent = { method: 'GET' | 'PATCH' | 'DELETE'; path: string; body?: string };

export class RawClient {
  readonly #server: string;
  readonly #headers: Record<string, string>;
  readonly #agent: Dispatcher;

  private constructor({ server }: Connection, authorization: string | undefined, agent: Dispatcher) {
    this.#server = server;
    this.#headers = { ...(authorization !== undefined && { authorization }) };
    this.#agent = agent;
  }

  static async open(kubeconfig: string): Promise<RawClient> {
    const connection = await findConnection({ kubeconfig });
    const { authorization, certificate } = await connection.credentials.current();
    const { short } = makeAgents(connection, certificate, { connections: width, timeoutMs: 60_000 });
    return new RawClient(connection, authorization, short);
  }

  /** Server-side apply of each. */
  async apply(objects: readonly KubernetesObject[]): Promise<void> {
    const path = (object: KubernetesObject) => `${pathOf(object)}?fieldManager=bench&force=true`;
    await inTurns(width, objects, (object) => this.#send({ method: 'PATCH', path: path(object), body: JSON.stringify(object) }));
  }

  async delete(objects: readonly KubernetesObject[]): Promise<void> {
    await inTurns(width, objects, (object) => this.#send({ method: 'DELETE', path: pathOf(object) }));
  }

  /** What the server has at a path, such as `/metrics`. */
  async text(path: string): Promise<string> {
    const { statusCode, body } = await this.#request({ method: 'GET', path });
    const text = await body.text();
    if (statusCode >= 400) throw new Error(`GET ${path} was answered with ${statusCode}: ${text}`);
    return text;
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #send(sent: Sent): Promise<void> {
    const { statusCode, body } = await this.#request(sent);
    if (statusCode < 400) return await body.dump();
    throw new Error(`${sent.method} ${sent.path} was answered with ${statusCode}: ${await body.text()}`);
  }

  #request({ method, path, body }: Sent): Promise<Dispatcher.ResponseData> {
    return this.#agent.request({
      origin: this.#server,
      path,
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/apply-patch+yaml' }) },
      ...(body !== undefined && { body }),
      // undici would close the connection after every DELETE.
      reset: false,
    });
  }
}

/** Good enough for the kinds that the benchmarks use: their resource is the kind with an s. */
function pathOf({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${root}${scope}/${kind.toLowerCase()}s/${name}`;
}
