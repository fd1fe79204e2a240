/** How programs and people reach a cluster: paths, addresses, and the lines that a shell can evaluate. */
import { join } from 'node:path';
import { nodeName, type Specification, serverUrl } from '../configuration/specification.ts';

export type Environment = {
  name: string;
  /** The path of a kubeconfig with administrator's rights and one context. */
  kubeconfig: string;
  /** The directory of the programs below, for a PATH. */
  bin: string;
  kubectl: string;
  helm3: string;
  helm4: string;
  /** containerd's client, set up for this cluster. */
  ctr: string;
  node: string;
  server: string;
  stateDirectory: string;
};

export function environmentOf(specification: Specification): Environment {
  const { name, paths, subnet } = specification;
  const program = (file: string) => join(paths.bin, file);
  return {
    name,
    kubeconfig: paths.kubeconfig,
    bin: paths.bin,
    kubectl: program('kubectl'),
    helm3: program('helm3'),
    helm4: program('helm4'),
    ctr: program('ctr'),
    node: nodeName(specification),
    server: serverUrl(subnet),
    stateDirectory: paths.state,
  };
}

/** Lines for `eval`: sets KUBECONFIG and, where there are programs, puts them first on the PATH. */
export function shellExports(kubeconfig: string, bin?: string): string {
  const lines = [`export KUBECONFIG=${quoted(kubeconfig)}`];
  if (bin !== undefined) lines.push(`export PATH=${quoted(bin)}:"$PATH"`);
  return `${lines.join('\n')}\n`;
}

/** One word for a POSIX shell, whatever it contains. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
