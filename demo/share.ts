/**
 * The other half of a Pod's life, its beginning: a directory that two containers see. Empty (scratch), filled from an
 * image (copy), and the image's own (image). What is reported was read and written from inside of the containers.
 */
import { join } from 'node:path';
import { applyShares } from '../src/share/apply.ts';
import { chooseMode } from '../src/share/choose.ts';
import { parseShare } from '../src/share/notation.ts';
import type { ChosenMode, ShareSettings } from '../src/share/share.ts';
import type { Lab } from '../tools/lab/lab.ts';
import { bytesInEmptyDirs } from '../tools/lab/node-files.ts';
import { startPod } from '../tools/lab/pod-start.ts';
import { loadShareImages, shareImages } from '../tools/lab/share-images.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import { clearAway, freshNamespace } from './stage.ts';

type SharedDirectory = {
  /** As it would stand in an annotation or on the command line. */
  share: string;
  mode: ChosenMode;
  why: string;
  /** What the container that did not bring the files saw, before anybody wrote. */
  files: string[];
  /**
   * A file that one container wrote was read by the other; undefined where nobody may write, and the attempt was
   * refused.
   */
  writtenThrough?: boolean;
  refused?: string;
  /** By the Pod to the disk of its node until it was ready; undefined where the node is not this machine. */
  bytesWritten?: number;
  /** From the Pod's creation until it was ready. */
  startMs: number;
};

export type ShareResult = { scratch: SharedDirectory; copy: SharedDirectory; image: SharedDirectory };

const namespace = 'demo-share';
const nodeImage = 'registry.bookend.dev/examples/node-agent:0.1.0';

const settings: ShareSettings = {
  seedImage: 'registry.bookend.dev/seed:0.1.0',
  imageVolumes: { known: false, reason: 'the demo asks for an image volume by name' },
};

export async function share(lab: Lab, progress: Progress): Promise<ShareResult> {
  await clearAway(lab, 'none', namespace);
  await freshNamespace(lab, namespace);
  await progress.step('Sharing: loading an image with a site', () => loadShareImages(lab, 'site'));
  const tryOut = (name: string, line: string, directory: string) =>
    progress.step(`Sharing: ${line}`, () => tried(lab, name, line, directory));
  const result = {
    scratch: await tryOut('scratch', 'app:/tmp/cache, web:/var/cache', '/var/cache'),
    copy: await tryOut('copy', 'app:/srv/www -> web:/usr/share/html', '/usr/share/html'),
    image: await tryOut('image', 'app:/srv/www -> web:/usr/share/html:ro; mode=image', '/usr/share/html'),
  };
  await clearAway(lab, 'none', namespace);
  return result;
}

/** Two containers of two images: the one with the site has no Node, the one with Node has no site. */
async function tried(lab: Lab, name: string, line: string, directory: string): Promise<SharedDirectory> {
  const wanted = parseShare(line, name);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsUser: 1000 },
      containers: [
        { name: 'app', image: shareImages.site },
        { name: 'web', image: nodeImage, args: ['-e', 'setInterval(() => {}, 1e9)'] },
      ],
    },
  };
  const started = await startPod(lab.cluster, applyShares(pod, [wanted], settings));
  const uid = started.pod.metadata.uid ?? '';
  const bytesWritten = lab.local === undefined ? undefined : bytesInEmptyDirs(lab, uid);
  const files = JSON.parse(
    await inWeb(lab, name, `JSON.stringify(fs.readdirSync(${JSON.stringify(directory)}).sort())`),
  ) as string[];
  const seenByApp = wanted.from?.path ?? wanted.to[0]?.path ?? '';
  const written = await writes(lab, name, join(directory, 'note'), join(seenByApp, 'note'));
  return {
    share: line,
    ...chooseMode(pod.spec, wanted, settings),
    files,
    ...written,
    ...(bytesWritten !== undefined && { bytesWritten }),
    startMs: Math.round(started.ms),
  };
}

async function writes(
  lab: Lab,
  pod: string,
  byWeb: string,
  byApp: string,
): Promise<{ writtenThrough: boolean } | { refused: string }> {
  const text = `written at ${new Date().toISOString()}`;
  const attempt = `(() => { try { fs.writeFileSync(${JSON.stringify(byWeb)}, ${JSON.stringify(text)}); return '' } catch (error) { return error.code } })()`;
  const refused = await inWeb(lab, pod, attempt);
  if (refused) return { refused };
  const { stdout } = await lab.run('kubectl', ['exec', '-n', namespace, pod, '-c', 'app', '--', '/bin/cat', byApp]);
  return { writtenThrough: stdout === text };
}

async function inWeb(lab: Lab, pod: string, script: string): Promise<string> {
  const { stdout } = await lab.run('kubectl', ['exec', '-n', namespace, pod, '-c', 'web', '--', '/usr/bin/node', '-p', script]);
  return stdout.trim();
}

/** Everybody saw what they should, and who may write did. */
export function isWhole({ scratch, copy, image }: ShareResult): boolean {
  const sameFiles = copy.files.length > 0 && copy.files.join() === image.files.join();
  return (
    sameFiles &&
    scratch.files.length === 0 &&
    scratch.writtenThrough === true &&
    copy.writtenThrough === true &&
    image.refused === 'EROFS'
  );
}

/** For people, beneath the two uninstalls. */
export function shareTable(result: ShareResult): string {
  const rows = Object.values(result).map(({ share: line, mode, why, files, writtenThrough, refused, bytesWritten, startMs }) =>
    [
      `  ${line}`,
      `    ${mode}: ${why}`,
      `    the other container sees ${files.length === 0 ? 'an empty directory' : `${files.length} entries`}; ${writtenThrough ? 'what it writes the first one reads' : `writing is refused (${refused})`}`,
      `    ready after ${(startMs / 1000).toFixed(1)} s${bytesWritten === undefined ? '' : `, ${bytesWritten.toLocaleString('en')} bytes written to the disk of the node`}`,
    ].join('\n'),
  );
  return `\nDirectories that two containers of a Pod share\n\n${rows.join('\n\n')}\n`;
}
