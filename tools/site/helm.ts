/** The Helm that renders the charts of the reports. */
import { spawnSync } from 'node:child_process';
import { helmPrograms } from '../../src/cli/reading/helm-version.ts';
import { createProgress } from '../local-cluster/index.ts';
import { buildHelm4 } from '../local-cluster/programs/build.ts';
import { newestKubernetes } from '../local-cluster/versions.ts';

/** The one on the machine, else the one of the local cluster, which is built if it is missing. */
export async function findHelm(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const found = helmPrograms(environment).find((program) => spawnSync(program, ['version', '--short']).status === 0);
  return found ?? buildHelm4(newestKubernetes, createProgress({ stream: process.stderr }));
}
