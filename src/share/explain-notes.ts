/** What is worth knowing of a share besides its mode and its costs, a sentence each. */
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
    ...(replaced.length > 0 ? [`replaces ${listed(replaced)}, which was seen at the same places`] : []),
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
      return [`container ${container} sees ${what} at ${standing.path}, whatever the share has there`];
    }),
  );
  const points = (mountPoints.get(directory.volume) ?? []).map(({ path }) => path);
  if (points.length === 0) return below;
  const made = mode === 'copy' ? 'the copy gets' : 'the image must have';
  return [...below, `${made} ${listed(points)}, so that other volumes can be mounted there although the share is only read`];
}

function sourceNotes(spec: Fields, { volumes }: Arrangement, { share, directory, mode }: Arranged): string[] {
  const { from } = share;
  if (!from) return [];
  const notes: string[] = [];
  const mounted = directory.targets.find((target) => target.share === share && target.field === 'from.path');
  if (mounted) notes.push(`container ${mounted.container} gets the copy at ${mounted.path} too, so that all see what is written`);
  const source = 'container' in from ? containerNamed(spec, from.container)?.container : undefined;
  const below = source ? mountsOf(source).filter(({ mountPath }) => isWithin(mountPath, cleanPath(from.path))) : [];
  for (const { name, mountPath } of below.filter((mount) => !volumes.has(mount.name))) {
    notes.push(`what volume ${name} brings to ${mountPath} is not of the image and not shared`);
  }
  if (mode === 'copy' && source && fieldAt(source, 'imagePullPolicy') === 'Always') {
    notes.push('imagePullPolicy Always: with a tag that moves, the copy and the container may come from different images');
  }
  if (mode === 'image' && share.mode === 'image' && from.type === undefined && !from.path.endsWith('/')) {
    notes.push(`the Pod cannot start if ${from.path} is a file: an image volume can only show a directory`);
  }
  return notes;
}

function copyNotes(spec: Fields, { share, directory }: Arranged): string[] {
  const { from, to, owners, chown, chmod } = share;
  const notes: string[] = [];
  if (to.some(({ readOnly }) => !readOnly)) {
    notes.push('what is written lasts as long as the Pod: a new Pod begins with the image again');
  }
  const model = modelOf(spec, share);
  const isSource = from !== undefined && 'container' in from;
  if (needsUser(spec, model, isSource)) {
    notes.push(
      `the copy runs as user ${nobody}, as the Pod has runAsNonRoot and names no user: runAsUser in the Pod names another`,
    );
  }
  if (!owners && chown === undefined) notes.push(ownerNote(spec, chmod));
  if (directory.shares.length > 1) {
    notes.push(
      share.onConflict === 'last'
        ? 'where a share before it has the same path, this one counts'
        : 'a path that a share before it has too ends the start with both names, unless onConflict=last',
    );
  }
  return notes;
}

function ownerNote(spec: Fields, chmod: string | undefined): string {
  const group = fieldAt(spec, 'securityContext', 'fsGroup');
  const modes = chmod === undefined ? 'modes are those of the image' : `modes are changed by ${chmod}`;
  if (group === undefined) return `files belong to the user who copies, and ${modes}; owners=keep, chown and chmod change that`;
  return `files belong to the user who copies and to group ${String(group)} (fsGroup), and ${modes}`;
}

function sizeNotes(spec: Fields, { share, directory }: Arranged): string[] {
  const limit = memoryTooSmall(modelOf(spec, share), share);
  if (limit !== undefined) {
    return [
      `the copy counts as memory of the container that makes it, which may take ${limit}: resources=memory=… gives it more`,
    ];
  }
  if (share.medium === 'Memory' && share.sizeLimit === undefined) {
    return ['without sizeLimit the copy may take all memory that the Pod may have'];
  }
  const most = sizeLimitOf(spec, directory.shares);
  return most ? [`a copy of more than ${most.bytes} bytes ends with an error that names ${most.of}`] : [];
}
