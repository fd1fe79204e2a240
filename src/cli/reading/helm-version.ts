/** Finds the version of the user's Helm: the preview of a release simulates this one. */
import { execFile } from 'node:child_process';
import { withoutRelativePath } from '../../cluster/kube/program-path.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The programs to try, the person's own choice first. Helm itself names it to its plugins this way. */
export function helmPrograms({ HELM_BIN }: Environment): string[] {
  return [...(HELM_BIN ? [HELM_BIN] : []), 'helm', 'helm4', 'helm3'];
}

/** What the first Helm that is there says of itself; undefined without any, and for versions that nobody knows. */
export async function helmVersion(environment: Environment): Promise<'helm3' | 'helm4' | undefined> {
  for (const program of helmPrograms(environment)) {
    const text = await ask(program, environment);
    if (text === undefined) continue;
    const [, major] = /^v?(\d+)\./m.exec(text) ?? [];
    return major === '3' || major === '4' ? `helm${major}` : undefined;
  }
  return undefined;
}

/** Undefined: there is no such program. */
function ask(program: string, environment: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['version', '--short'], { env: withoutRelativePath(environment), timeout: 10_000 }, (error, stdout) => {
      resolve(error?.code === 'ENOENT' ? undefined : stdout);
    });
  });
}
