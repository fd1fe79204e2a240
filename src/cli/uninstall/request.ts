/** The flags of `bookend uninstall`, checked. Pure. */
import { BookendError } from '../../errors.ts';
import { defaultPolicy, type TeardownPolicy } from '../../teardown/policy.ts';
import type { Choices } from '../../uninstall/ordered/choices.ts';
import { durationFlag, type GlobalFlags, oneOf, outputFormat } from '../flags.ts';

export type UninstallFlags = GlobalFlags & {
  yes?: boolean;
  dryRun?: boolean;
  customResources?: string;
  crds?: string;
  keepHistory?: boolean;
  hooks?: boolean;
  hookTimeout?: string;
  timeout?: string;
  objectTimeout?: string;
  onTimeout?: string;
  ignoreNotFound?: boolean;
  checkReinstall?: boolean;
  filename?: string[];
  recursive?: boolean;
  namespaceDelete?: string;
  claims?: string;
  releases?: string;
  also?: string[];
};

export type UninstallRequest = {
  releases: string[];
  /** Manifests in place of releases. */
  files: readonly string[];
  recursive: boolean;
  /** A namespace in place of releases: everything in it, then itself. */
  namespaceDelete?: string;
  /** With a namespace: what goes only where it is named. */
  claims: 'refuse' | 'delete';
  helmReleases: 'refuse' | 'delete';
  /** With a namespace: cluster-scoped objects that go too, as `kind/name`. */
  also: readonly string[];
  format: 'text' | 'json';
  yes: boolean;
  dryRun: boolean;
  choices: Choices;
  keepHistory: boolean;
  hooks: boolean;
  hookTimeoutMs: number;
  /** 0: as long as it takes. */
  timeoutMs: number;
  policy: TeardownPolicy;
  ignoreNotFound: boolean;
  checkReinstall: boolean;
};

/** @throws BookendError `bad-input` for flags that are not understood, or a release that is named twice */
export function requestOf(releases: readonly string[], flags: UninstallFlags): UninstallRequest {
  refuseMixture(releases, flags);
  const twice = releases.find((name, index) => releases.indexOf(name) < index);
  if (twice !== undefined) throw new BookendError('bad-input', `release ${twice} is named twice`, { field: 'release' });
  const custom = flags.customResources;
  return {
    releases: [...releases],
    ...inputOf(flags),
    format: outputFormat(flags, ['text', 'json']),
    yes: flags.yes ?? false,
    dryRun: flags.dryRun ?? false,
    choices: {
      customResources: custom === undefined ? 'refuse' : oneOf('--custom-resources', custom, ['delete', 'keep']),
      definitions: oneOf('--crds', flags.crds ?? 'keep', ['keep', 'delete']),
    },
    keepHistory: flags.keepHistory ?? false,
    hooks: flags.hooks ?? true,
    hookTimeoutMs: positive('--hook-timeout', flags.hookTimeout ?? '5m'),
    timeoutMs: durationFlag('--timeout', flags.timeout ?? '0'),
    policy: {
      timeoutMs: flags.objectTimeout === undefined ? defaultPolicy.timeoutMs : positive('--object-timeout', flags.objectTimeout),
      onTimeout: oneOf('--on-timeout', flags.onTimeout ?? defaultPolicy.onTimeout, ['Stop', 'Continue', 'Force']),
    },
    ignoreNotFound: flags.ignoreNotFound ?? false,
    checkReinstall: flags.checkReinstall ?? false,
  };
}

/** What is named in place of releases, and what must be named with it. */
function inputOf({ filename = [], recursive = false, namespaceDelete, claims, releases, also = [] }: UninstallFlags) {
  return {
    files: filename,
    recursive,
    ...(namespaceDelete !== undefined && { namespaceDelete }),
    claims: claims === undefined ? 'refuse' : oneOf('--claims', claims, ['delete']),
    helmReleases: releases === undefined ? 'refuse' : oneOf('--releases', releases, ['delete']),
    also,
  } as const;
}

/** Flags that mean something for a release, or for a namespace, alone. */
const ofReleases = [
  ['keepHistory', '--keep-history'],
  ['checkReinstall', '--check-reinstall'],
] as const;
const ofNamespaces = [
  ['claims', '--claims'],
  ['releases', '--releases'],
  ['also', '--also'],
] as const;

function refuseMixture(releases: readonly string[], flags: UninstallFlags): void {
  const { filename, namespaceDelete } = flags;
  const given = [releases.length > 0 || undefined, filename, namespaceDelete].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new BookendError('bad-input', given.length === 0 ? 'no input given' : 'more than one input given', {
      advice: 'Give one of: releases, -f with files, --namespace-delete with a namespace.',
    });
  const [, forReleases] = (releases.length === 0 && ofReleases.find(([name]) => flags[name])) || [];
  if (forReleases !== undefined) throw misplaced(forReleases, 'Helm releases');
  const [, forNamespaces] = (namespaceDelete === undefined && ofNamespaces.find(([name]) => flags[name] !== undefined)) || [];
  if (forNamespaces !== undefined) throw misplaced(forNamespaces, '--namespace-delete');
  if (flags.recursive && !filename) throw misplaced('-R', '-f');
  if (namespaceDelete !== undefined && !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespaceDelete))
    throw new BookendError('bad-input', `${namespaceDelete} cannot be the name of a namespace`, { field: '--namespace-delete' });
}

function misplaced(flag: string, what: string): BookendError {
  return new BookendError('bad-input', `${flag} is for ${what} only`, { field: flag, advice: 'Omit it. Nothing was done.' });
}

function positive(flag: string, text: string): number {
  const ms = durationFlag(flag, text);
  if (ms <= 0) throw new BookendError('bad-input', `${flag} must be longer than 0`, { field: flag });
  return ms;
}
