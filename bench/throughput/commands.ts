/** Programs as contenders, ours and those of others. A program's time is that of its whole process. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HelmVersion } from '../../tools/lab/lab.ts';
import { run } from '../../tools/local-cluster/machine/command.ts';
import { chartDirectory, manifestFile } from '../manifests.ts';
import { published } from '../published.ts';
import { namespace, timed } from '../stage.ts';
import type { Contender, Setup } from './contender.ts';
import { ourLabel, smallKinds } from './small-objects.ts';

/** Our command line, as the npm package has it. */
export async function ourCommands({ lab, objects, directory }: Setup): Promise<Contender[]> {
  const place = join(directory, 'package');
  mkdirSync(place);
  const program = await published(place);
  const file = manifestFile(directory, objects);
  const bookend = (...args: string[]) =>
    timed(() => run(process.execPath, [program, ...args, '--kubeconfig', lab.kubeconfig, '-n', namespace]));
  const targets = smallKinds.map(({ resource }) => ({ kind: resource, namespace, selector: ourLabel }));
  return [
    { name: 'bookend delete', remove: () => bookend('delete', '--order', 'Needs', '--targets', JSON.stringify(targets)) },
    { name: 'bookend uninstall', remove: () => bookend('uninstall', '-f', file, '--yes') },
  ];
}

/**
 * Without its wait, which is of no use for objects that are gone at once: kubectl then asks for each of them, at 5
 * requests a second (the default of its client).
 */
export function kubectl({ lab, objects, directory }: Setup): Contender {
  const file = manifestFile(directory, objects);
  return {
    name: 'kubectl',
    install: () => timed(() => lab.run('kubectl', ['apply', '--server-side', '-f', file])),
    remove: () => timed(() => lab.run('kubectl', ['delete', '--wait=false', '-f', file])),
  };
}

export function helm({ lab, objects, directory }: Setup, version: HelmVersion): Contender {
  const chart = chartDirectory(directory, 'bench', objects);
  return {
    name: version,
    install: () => timed(() => lab.run(version, ['install', 'bench', chart, '-n', namespace])),
    remove: () => timed(() => lab.run(version, ['uninstall', 'bench', '-n', namespace])),
  };
}

/** @param program where it is */
export function kapp({ lab, objects, directory }: Setup, program: string): Contender {
  const common = ['-a', 'bookend-bench', '-n', namespace, '--yes', '--kubeconfig', lab.kubeconfig];
  const file = manifestFile(directory, objects);
  return {
    name: 'kapp',
    install: () => timed(() => run(program, ['deploy', ...common, '-f', file])),
    remove: () => timed(() => run(program, ['delete', ...common])),
  };
}
