/** Further facts about a share for `--explain`, one sentence each. */
import { fieldAt } from '../objects/fields.ts';
import type { Arranged, Arrangement } from './arrange.ts';
import type { Prepared } from './former.ts';
import { modelOf } from './injected.ts';
import { listed } from './limits.ts';
import { memoryTooSmall } from './resources.ts';
import { needsUser, nobody } from './security.ts';
import { sizeLimitOf } from './size-limit.ts';
import { cleanPath, containerNamed, type Fields, isWithin, mountsOf } from './spec.ts';

export function notesOn({ spec, replaced }: Prepared, arrangement: Arrangement, arranged: Arranged): string[] {
  const { share, mode, directory } = arranged;
  const { from } = share;
  const first = directory.shares[0] === share;
  return [
    ...(replaced.length > 0 ? [`replaces ${listed(replaced)}, which had the same targets`] : []),
    ...nestedNotes(arrangement, arranged),
    ...(from ? sourceNotes(spec, arrangement, arranged) : []),
    ...(mode === 'copy' ? copyNotes(spec, arranged) : []),
    ...(mode === 'copy' && first ? sizeNotes(spec, arranged) : []),
  ];
}

/** Of mounts below the share, which are seen there in place of its own files. */
function nestedNotes({ standings, mountPoints }: Arrangement, { directory, mode }: Arranged): string[] {
  const below = standings.flatMap(({ container, all, tree }) =>
    all.flatMap((standing) => {
      const [outer] = tree.nearestAbove(standing.path);
      if (!outer || !('directory' in outer) || outer.directory !== directory) return [];
      const what = 'mount' in standing ? `volume ${standing.mount.name}` : `share ${standing.target.share.name}`;
      return [`in container ${container}, ${what} hides what the share has at ${standing.path}`];
    }),
  );
  const points = (mountPoints.get(directory.volume) ?? []).map(({ path }) => path);
  if (points.length === 0) return below;
  const made = mode === 'copy' ? 'the copy contains' : 'the image must contain';
  return [...below, `${made} ${listed(points)} as mount points for other volumes, because the share is read-only`];
}

function sourceNotes(spec: Fields, { volumes }: Arrangement, { share, directory, mode }: Arranged): string[] {
  const { from } = share;
  if (!from) return [];
  const notes: string[] = [];
  const mounted = directory.targets.find((target) => target.share === share && target.field === 'from.path');
  if (mounted)
    notes.push(`container ${mounted.container} also mounts the copy at ${mounted.path}, so all containers see the same files`);
  const source = 'container' in from ? containerNamed(spec, from.container)?.container : undefined;
  const below = source ? mountsOf(source).filter(({ mountPath }) => isWithin(mountPath, cleanPath(from.path))) : [];
  for (const { name, mountPath } of below.filter((mount) => !volumes.has(mount.name))) {
    notes.push(`files of volume ${name} at ${mountPath} are not in the image and not shared`);
  }
  if (mode === 'copy' && source && fieldAt(source, 'imagePullPolicy') === 'Always') {
    notes.push('imagePullPolicy Always: with a moving tag, the copy and the container may come from different images');
  }
  if (mode === 'image' && share.mode === 'image' && from.type === undefined && !from.path.endsWith('/')) {
    notes.push(`the Pod cannot start if ${from.path} is a file: an image volume can only mount a directory`);
  }
  return notes;
}

function copyNotes(spec: Fields, { share, directory }: Arranged): string[] {
  const { from, to, owners, chown, chmod } = share;
  const notes: string[] = [];
  if (to.some(({ readOnly }) => !readOnly)) {
    notes.push('written files last as long as the Pod: a new Pod starts with the files of the image');
  }
  const model = modelOf(spec, share);
  const isSource = from !== undefined && 'container' in from;
  if (needsUser(spec, model, isSource)) {
    notes.push(
      `the copy runs as user ${nobody}, because the Pod has runAsNonRoot and no user. Set runAsUser in the Pod to change it`,
    );
  }
  if (!owners && chown === undefined) notes.push(ownerNote(spec, chmod));
  if (directory.shares.length > 1) {
    notes.push(
      share.onConflict === 'last'
        ? 'replaces files of earlier shares of this directory'
        : 'fails if an earlier share of this directory has the same file, unless onConflict=last',
    );
  }
  return notes;
}

function ownerNote(spec: Fields, chmod: string | undefined): string {
  const group = fieldAt(spec, 'securityContext', 'fsGroup');
  const modes = chmod === undefined ? 'modes are those of the image' : `modes are changed by ${chmod}`;
  if (group === undefined) return `files belong to the user that copies, and ${modes}; owners=keep, chown and chmod change this`;
  return `files belong to the user that copies and to group ${String(group)} (fsGroup), and ${modes}`;
}

function sizeNotes(spec: Fields, { share, directory }: Arranged): string[] {
  const limit = memoryTooSmall(modelOf(spec, share), share);
  if (limit !== undefined) {
    return [`the copy counts as memory of the container that copies, whose limit is ${limit}: resources=memory=… raises it`];
  }
  if (share.medium === 'Memory' && share.sizeLimit === undefined) {
    return ['without sizeLimit the copy may use all memory of the Pod'];
  }
  const most = sizeLimitOf(spec, directory.shares);
  return most ? [`a copy of more than ${most.bytes} bytes fails and names ${most.of}`] : [];
}
