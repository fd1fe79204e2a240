/**
 * The few system tools that a cluster needs: looked for by file, installed on Debian and Ubuntu, named everywhere else.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../../src/errors.ts';
import type { Progress } from '../progress.ts';
import { commandEnvironment, run } from './command.ts';
import { existingClusterAdvice } from './platform.ts';

type Installer = 'apt-get' | 'dnf' | 'pacman' | 'zypper' | 'apk';

/** A program that must be there, and the packages that bring it: by installer where it has a name of its own. */
type Tool = { program: string; package: string } & Partial<Record<Installer, string>>;

const tools: Tool[] = [
  { program: 'runc', package: 'runc' },
  { program: 'nft', package: 'nftables' },
  { program: 'conntrack', package: 'conntrack-tools', 'apt-get': 'conntrack' },
  { program: 'ip', package: 'iproute2', dnf: 'iproute' },
  { program: 'openssl', package: 'openssl' },
  { program: 'nsenter', package: 'util-linux', apk: 'util-linux-misc' },
  { program: 'flock', package: 'util-linux', apk: 'flock' },
  // The plug-ins that give Pods their network are no commands: they lie in a directory of their own.
  {
    program: 'cni/ptp',
    package: 'containernetworking-plugins',
    pacman: 'cni-plugins',
    zypper: 'cni-plugins',
    apk: 'cni-plugins',
  },
];

const installCommands: Record<Installer, string> = {
  'apt-get': 'apt-get install -y --no-install-recommends',
  dnf: 'dnf install -y',
  pacman: 'pacman -S --noconfirm',
  zypper: 'zypper install -y',
  apk: 'apk add',
};

/** Where distributions put the network plug-ins. */
const pluginDirectories = ['/usr/lib/cni', '/usr/libexec/cni', '/opt/cni/bin'];

/** The directory with the network plug-ins; undefined while they are not installed. */
export function networkPlugins(): string | undefined {
  return pluginDirectories.find((directory) => existsSync(join(directory, 'ptp')));
}

/**
 * Makes sure that the system tools are there: installs the missing ones on Debian and Ubuntu, and says so.
 * @throws BookendError `unsupported` with the exact command where they cannot be installed from here.
 */
export async function ensurePackages(progress: Progress): Promise<void> {
  const missing = tools.filter((tool) => !isThere(tool.program)).map((tool) => tool.program);
  if (missing.length === 0) return;
  const installer = installerOf(readOsRelease());
  const command = installer && installCommand(installer, missing);
  if (installer !== 'apt-get' || !command) {
    throw new BookendError('unsupported', `The local cluster needs ${missing.join(', ')}, and this machine has not got them`, {
      advice: `${command ? `Run: ${command}` : 'Install them with the package manager of this machine.'} ${existingClusterAdvice}`,
    });
  }
  await progress.step(`Installing Debian packages: ${command}`, async (detail) => {
    const quiet = {
      environment: { DEBIAN_FRONTEND: 'noninteractive' },
      onLine: detail,
      advice: `Run it by hand and see: ${command}`,
    };
    const [program = '', ...args] = command.split(' ');
    try {
      await run(program, args, quiet);
    } catch {
      // The package lists are missing or older than the archive: the usual cure, then its own error if that was not it.
      detail('apt-get update');
      await run('apt-get', ['update'], quiet);
      await run(program, args, quiet);
    }
  });
}

/** The command that installs what brings these programs. */
export function installCommand(installer: Installer, missing: readonly string[]): string {
  const packages = new Set(tools.filter((tool) => missing.includes(tool.program)).map((tool) => tool[installer] ?? tool.package));
  return `${installCommands[installer]} ${[...packages].join(' ')}`;
}

/** The package tool of a distribution, from the text of its /etc/os-release. */
export function installerOf(osRelease: string): Installer | undefined {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap((match) =>
    (match[1] ?? '').replaceAll('"', '').split(' '),
  );
  const families: Record<string, Installer> = {
    debian: 'apt-get',
    ubuntu: 'apt-get',
    fedora: 'dnf',
    rhel: 'dnf',
    arch: 'pacman',
    suse: 'zypper',
    opensuse: 'zypper',
    alpine: 'apk',
  };
  return ids.map((id) => families[id]).find((installer) => installer !== undefined);
}

function isThere(program: string): boolean {
  if (program === 'cni/ptp') return networkPlugins() !== undefined;
  return (commandEnvironment().PATH ?? '').split(':').some((directory) => isExecutable(join(directory, program)));
}

/** Whether the file is there and may be run. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readOsRelease(): string {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
}
