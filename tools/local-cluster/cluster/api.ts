/**
 * Asks the API server and the components' health pages: the little that starting a cluster needs, with nothing to set
 * up.
 */
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Specification } from '../configuration/specification.ts';
import { serverUrl } from '../configuration/specification.ts';

/** How long a healthy component on this machine may take to answer, in milliseconds. */
const answerWithinMs = 3_000;

export type Answer = { status: number; body: string };

/** GET from the API server as the cluster's administrator; undefined while it does not answer. */
export function askApiServer({ paths, subnet }: Specification, path: string): Promise<Answer | undefined> {
  const pem = (file: string) => readFileSync(`${paths.pki}/${file}`);
  const identity = { ca: pem('ca.crt'), cert: pem('admin.crt'), key: pem('admin.key'), agent: false as const };
  return answer((options) => httpsRequest(`${serverUrl(subnet)}${path}`, { ...identity, ...options }));
}

/** The object at an API path; undefined while it is not there. */
export async function readObject<T>(specification: Specification, path: string): Promise<T | undefined> {
  const found = await askApiServer(specification, path);
  return found?.status === 200 ? (JSON.parse(found.body) as T) : undefined;
}

/** True when a plain health page answers that all is well. */
export async function isHealthy(url: string): Promise<boolean> {
  return (await answer((options) => httpRequest(url, { agent: false, ...options })))?.status === 200;
}

/** True when something listens on the socket: its file stays when a server is killed, so only a connection tells. */
export function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.on('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}

function answer(send: (options: { timeout: number }) => ReturnType<typeof httpRequest>): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const request = send({ timeout: answerWithinMs });
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.end();
  });
}
