/**
 * Credentials from a program that the kubeconfig names (`client.authentication.k8s.io`, as cloud providers use it).
 *
 * Done here and not by @kubernetes/client-node, whose version passes no KUBERNETES_EXEC_INFO, never asks again after a
 * 401 and keeps certificates for ever.
 */
import { spawn } from 'node:child_process';
import { BookendError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { Credential, Credentials } from './connection.ts';
import {
  badConfig,
  type Entry,
  type KubeconfigCluster,
  type KubeconfigExec,
  type KubeconfigUser,
  resolvePath,
} from './kubeconfig-entries.ts';
import { withoutRelativePath } from './program-path.ts';

type ExecStatus = {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
  expirationTimestamp?: string;
};

/** Runs the program when a credential is first needed, when it has expired, and after a 401. */
export function execCredentials(
  user: Entry<KubeconfigUser>,
  exec: KubeconfigExec,
  cluster: Entry<KubeconfigCluster>,
  clock: Clock,
): Credentials {
  const command = commandOf(user, exec);
  let cached: { credential: Credential; expires: number } | undefined;
  let asking: Promise<Credential> | undefined;

  const ask = async () => {
    const status = await run(command, exec, cluster.value);
    const expires = status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : Number.POSITIVE_INFINITY;
    cached = { credential: credentialIn(status, command), expires };
    return cached.credential;
  };

  return {
    current() {
      if (cached && clock.now() < cached.expires) return Promise.resolve(cached.credential);
      // However many requests wait for it, the program runs once: it may open a browser.
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    async renew() {
      if (asking === undefined) cached = undefined;
      return true;
    },
  };
}

function commandOf(user: Entry<KubeconfigUser>, { command }: KubeconfigExec): string {
  if (!command)
    throw badConfig(`User ${user.name} has an exec plugin without a command`, `users[${user.name}].user.exec.command`);
  // As in client-go: a path is relative to the kubeconfig, a bare name is looked up in PATH.
  return command.includes('/') ? resolvePath(user.file, command) : command;
}

function credentialIn(status: ExecStatus, command: string): Credential {
  const { token, clientCertificateData: cert, clientKeyData: key } = status;
  if (!token && !(cert && key)) throw pluginFailed(command, 'it gave neither a token nor a client certificate with its key');
  return { ...(token && { authorization: `Bearer ${token}` }), ...(cert && key && { certificate: { cert, key } }) };
}

function run(command: string, exec: KubeconfigExec, cluster: KubeconfigCluster): Promise<ExecStatus> {
  const interactive = isInteractive(command, exec);
  return new Promise((resolve, reject) => {
    const child = spawn(command, exec.args ?? [], {
      env: withoutRelativePath({ ...process.env, ...environmentOf(exec, cluster, interactive) }),
      // What a program asks a person must reach that person.
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', interactive ? 'inherit' : 'pipe'],
    });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout?.on('data', (data: Buffer) => output.push(data));
    child.stderr?.on('data', (data: Buffer) => complaints.push(data));
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'it is not installed' : cause.message;
      reject(pluginFailed(command, why, exec.installHint, cause));
    });
    child.on('close', (code) => {
      const said = Buffer.concat(complaints).toString('utf8').trim().slice(-1000);
      if (code !== 0) reject(pluginFailed(command, `it ended with ${code}${said ? `: ${said}` : ''}`));
      else resolve(parseOutput(command, Buffer.concat(output).toString('utf8'), reject));
    });
  });
}

function parseOutput(command: string, output: string, reject: (error: Error) => void): ExecStatus {
  try {
    const { kind, status } = JSON.parse(output) as { kind?: string; status?: ExecStatus };
    if (kind === 'ExecCredential' && status) return status;
  } catch {
    // Said below, without the output: it may hold a token.
  }
  reject(pluginFailed(command, 'it did not print an ExecCredential'));
  return {};
}

function environmentOf(exec: KubeconfigExec, cluster: KubeconfigCluster, interactive: boolean): Record<string, string> {
  const info = {
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive, ...(exec.provideClusterInfo && { cluster }) },
  };
  const own = (exec.env ?? []).map(({ name, value }) => [name, value] as const);
  return { ...Object.fromEntries(own), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

function isInteractive(command: string, { interactiveMode = 'IfAvailable' }: KubeconfigExec): boolean {
  const terminal = process.stdin.isTTY === true;
  if (interactiveMode === 'Always' && !terminal) throw pluginFailed(command, 'it needs a terminal, and there is none');
  return terminal && interactiveMode !== 'Never';
}

function pluginFailed(command: string, why: string, hint?: string, cause?: unknown): BookendError {
  return new BookendError('unauthorized', `The credential plugin ${command} failed: ${why}`, {
    advice: hint?.trim() || 'Run it by hand to see what is wrong, or correct users[].user.exec in the kubeconfig.',
    ...(cause !== undefined && { cause }),
  });
}
