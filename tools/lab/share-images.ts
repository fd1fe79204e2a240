/**
 * Images that sharing is tried on: a site with everything that files can be, one without a shell, ten thousand small
 * files, and one of a gibibyte. The end-to-end tests, the benchmark and the demo use them. Their programs are those of
 * the machine; nothing is downloaded.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGoProgram } from '../image/go.ts';
import type { HandmadeEntry, HandmadeImage } from '../image/handmade.ts';
import { keptImage, programFile, programsWithLibraries } from './kept-image.ts';
import type { Lab } from './lab.ts';

export const shareImages = {
  /** `/srv/www`, and a shell to look at it with. */
  site: 'registry.bookend.dev/test/site:1',
  /** The next version of it. */
  nextSite: 'registry.bookend.dev/test/site:2',
  /**
   * `/dist` of another user, `/etc/app.conf`, `/private` that only root reads; no shell, no other program than one that
   * waits.
   */
  bare: 'registry.bookend.dev/test/bare:1',
  /** `/data`: 10,000 files of 1 to 7 KiB in 100 directories. */
  many: 'registry.bookend.dev/test/many:1',
  /** `/data/blob`: one file of 1 GiB. */
  large: 'registry.bookend.dev/test/large:1',
} as const;

export type ShareImage = keyof typeof shareImages;

/** The user that these images run as, and whom their files belong to where nothing else is said. */
export const siteUser = 1000;

export const manyFiles = 10_000;
export const largeBytes = 2 ** 30;

/**
 * Makes these images and loads them; what the cluster has already is left alone.
 * @throws BookendError `unsupported` where the machine lacks a program, or it is not known how images get into the
 * cluster
 */
export async function loadShareImages(lab: Lab, ...wanted: readonly ShareImage[]): Promise<void> {
  for (const image of wanted) await lab.load(await archiveOf(image));
}

function archiveOf(image: ShareImage) {
  const inputs = [readFileSync(import.meta.filename), image, ...programs.map((program) => readFileSync(programFile(program)))];
  return keptImage(shareImages[image], `test-${image}`, inputs, recipes[image]);
}

const recipes: Record<ShareImage, () => Promise<HandmadeImage>> = {
  site: async () => withShell(shareImages.site, siteEntries(1)),
  nextSite: async () => withShell(shareImages.nextSite, siteEntries(2)),
  bare: async () => ({ name: shareImages.bare, entries: await bareEntries(), entrypoint: ['/pause'], user }),
  many: async () => withShell(shareImages.many, manyEntries()),
  large: async () =>
    withShell(shareImages.large, [{ path: '/data/blob', content: largeContent(), uid: siteUser, gid: siteUser }]),
};

const user = `${siteUser}:${siteUser}`;

function withShell(name: string, entries: HandmadeEntry[]): HandmadeImage {
  return {
    name,
    entries: [...entries, ...programsWithLibraries(programs)],
    entrypoint: ['/bin/sh', '-c', 'exec sleep infinity'],
    user,
  };
}

/** What a site has, and what people lose with `cp -r dir/*`: dotfiles, links, modes, times, an empty directory. */
function siteEntries(version: 1 | 2): HandmadeEntry[] {
  const owned = { uid: siteUser, gid: siteUser, modified: new Date(Date.UTC(2020, version, 3, 4, 5, 6)) };
  const www = '/srv/www';
  return [
    { path: www, directory: true, mode: 0o2755, ...owned },
    { path: `${www}/index.html`, content: `<h1>site ${version}</h1>\n`, ...owned },
    { path: `${www}/.htaccess`, content: 'Options None\n', mode: 0o640, ...owned },
    ...['.well-known', 'bin', 'css'].map((name): HandmadeEntry => ({ path: `${www}/${name}`, directory: true, ...owned })),
    { path: `${www}/.well-known/empty`, directory: true, mode: 0o700, ...owned },
    { path: `${www}/css/style one.css`, content: 'h1 { color: teal }\n', ...owned },
    { path: `${www}/css/täglich.css`, hardLink: `${www}/css/style one.css` },
    { path: `${www}/bin/render`, content: '#!/bin/sh\necho rendered\n', mode: 0o4750, ...owned },
    { path: `${www}/start.html`, symlink: 'index.html', ...owned },
    { path: `${www}/absolute`, symlink: `${www}/index.html`, ...owned },
    { path: `${www}/dangling`, symlink: '../../nowhere', ...owned },
    { path: `${www}/only-in-${version}`, content: 'x', ...owned },
  ];
}

async function bareEntries(): Promise<HandmadeEntry[]> {
  const pause = await buildGoProgram({ directory: join(import.meta.dirname, '..', 'local-cluster', 'pause'), version: '1' });
  const others = { uid: 2000, gid: 3000 };
  return [
    { path: '/pause', content: pause, mode: 0o755 },
    { path: '/dist', directory: true, ...others },
    { path: '/dist/app.js', content: 'app\n', ...others },
    { path: '/dist/.hidden', content: 'hidden\n', ...others },
    { path: '/dist/deep/of-root', content: 'root\n', mode: 0o444 },
    { path: '/etc/app.conf', content: 'listen = 8080\n' },
    { path: '/private/key', content: 'secret', mode: 0o600 },
  ];
}

function manyEntries(): HandmadeEntry[] {
  return Array.from({ length: manyFiles }, (_, index): HandmadeEntry => {
    const path = `/data/${String(index % 100).padStart(2, '0')}/${String(index).padStart(5, '0')}.txt`;
    return { path, content: `${index}\n`.repeat(200 + (index % 1000)), uid: siteUser, gid: siteUser };
  });
}

/** No block of it is like another, so that a shifted or cut copy shows; and yet it is compressed in seconds. */
function largeContent(): Buffer {
  const blockBytes = 2 ** 14;
  const noise = Buffer.concat(
    Array.from({ length: blockBytes / 32 }, (_, index) => createHash('sha256').update(String(index)).digest()),
  );
  const content = Buffer.alloc(largeBytes, noise);
  for (let at = 0; at < largeBytes; at += blockBytes) content.writeUInt32LE(at / blockBytes, at);
  return content;
}

/** What a person who copies by hand needs in an image, and what a test looks at files with. */
const programs = ['sh', 'cp', 'cat', 'find', 'sha256sum', 'sleep'] as const;
