/** Reading what a container printed. Not part of the port: only tests and messages for people need it. */
import { type Access, attemptOn } from './access.ts';
import { search } from './paths.ts';

export type LogOptions = {
  namespace: string;
  pod: string;
  /** Needed where the Pod has several. */
  container?: string;
  /** Only the last lines. */
  tailLines?: number;
  /** Of the container's run before this one. */
  previous?: boolean;
};

/** The whole log as text. @throws `not-found` when there is no such Pod; `invalid` while the container has not started. */
export async function readLogs(access: Access, { namespace, pod, container, tailLines, previous }: LogOptions): Promise<string> {
  const parts = ['api', 'v1', 'namespaces', namespace, 'pods', pod, 'log'].map(encodeURIComponent).join('/');
  const { body } = await access.http.send({
    attempt: { ...attemptOn(access, 'get', { kind: 'Pod', namespace, name: pod }) },
    resource: 'pods/log',
    method: 'GET',
    path: `/${parts}${search({ container, tailLines, previous })}`,
    accept: '*/*',
    plain: true,
    repeat: 'always',
    ...(access.account && { account: access.account }),
  });
  return String(body);
}
