/** What a release is made of: version, commit and date, from package.json and Git. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { repository } from '../image/bundle.ts';
import { run } from './programs.ts';

export type Commit = {
  version: string;
  /** Of the commit, in hexadecimal. */
  revision: string;
  /** When it was committed: the date of everything that has one. */
  date: Date;
  /** Where the sources are published; unknown in a rehearsal. */
  source?: string;
};

/** @throws BookendError `bad-input` when files differ from the commit: the release would not be what its name says. */
export function currentCommit(allowChanges: boolean, environment: NodeJS.ProcessEnv = process.env): Commit {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string };
  const git = (...args: string[]) => run('git', args, { cwd: repository }).trim();
  const changed = git('status', '--porcelain');
  if (changed !== '' && !allowChanges) {
    throw new BookendError('bad-input', `files differ from the commit that is released:\n${changed}`, {
      advice: 'Commit or undo the changes. A rehearsal also takes them: --dry-run',
    });
  }
  const source = sourceOf(environment);
  return {
    version,
    revision: git('rev-parse', 'HEAD') + (changed === '' ? '' : '-dirty'),
    date: new Date(git('show', '--no-patch', '--format=%cI', 'HEAD')),
    ...(source && { source }),
  };
}

/** Stands for the address of the repository where no workflow names it. */
export const unknownSource = 'https://bookend.example';

/** The address of the repository, if a workflow runs this. */
export function sourceOf({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name }: NodeJS.ProcessEnv): string | undefined {
  return server && name ? `${server}/${name}` : undefined;
}

/** The OCI annotations of everything in a registry. */
export function annotationsOf({ version, revision, date, source }: Commit, title: string): Record<string, string> {
  return {
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': revision,
    'org.opencontainers.image.created': date.toISOString(),
    'org.opencontainers.image.licenses': 'Apache-2.0',
    ...(source && { 'org.opencontainers.image.source': source }),
  };
}
