/**
 * A Chromium to look at pages with: the one that is there, else Debian's. `BOOKEND_CHROMIUM` names another one. What is
 * missing is said; nothing is skipped.
 */
import { execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { BookendError } from '../../src/errors.ts';
import { isExecutable } from '../../tools/local-cluster/machine/packages.ts';

/** The caller closes it. @throws BookendError `unsupported` where there is none and none can be installed */
export async function openBrowser(): Promise<Browser> {
  const executablePath = find() ?? install();
  // The sandbox needs user namespaces, which containers and root often have not got; the page is our own.
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function find(): string | undefined {
  const { BOOKEND_CHROMIUM, PATH = '' } = process.env;
  if (BOOKEND_CHROMIUM) return BOOKEND_CHROMIUM;
  return PATH.split(delimiter)
    .flatMap((directory) => names.map((name) => join(directory, name)))
    .find(isExecutable);
}

function install(): string {
  const aptGet = (...args: string[]) =>
    execFileSync('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore' });
  try {
    aptGet('update');
    aptGet('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
  } catch (error) {
    throw missing(error);
  }
  const found = find();
  if (found === undefined) throw missing(undefined);
  return found;
}

function missing(cause: unknown): BookendError {
  return new BookendError('unsupported', 'pages are tested in a Chromium, and there is none', {
    advice: 'Install it (on Debian, as root: apt-get install chromium), or set BOOKEND_CHROMIUM to the program.',
    cause,
  });
}
