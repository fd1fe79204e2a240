/** What is wrong with a share whatever Pod it is for. */

import { bytesOf } from '../objects/quantity.ts';
import type { Problem } from '../objects/validate.ts';
import { looksLikeFile } from './choose.ts';
import { optionsOnlyForCopies } from './copy-options.ts';
import { listed, shortened } from './limits.ts';
import { longestShareName, ownDirectory } from './names.ts';
import { isChmod, parseOwner } from './ownership.ts';
import { whyReserved } from './reserved-paths.ts';
import { resourceNames, type Share } from './share.ts';
import { cleanPath, isWithin, segmentsOf } from './spec.ts';

/** Fields are those below the share. */
export function shareProblems(share: Share): Problem[] {
  return [
    ...nameProblems(share),
    ...pathProblems(share),
    ...modeProblems(share),
    ...volumeProblems(share),
    ...optionProblems(share),
  ];
}

function nameProblems({ name }: Share): Problem[] {
  if (name.length <= longestShareName && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return [];
  const message = `must be lower-case letters, digits and "-", begin and end with a letter or digit, and have at most ${longestShareName} characters; it is ${JSON.stringify(shortened(name))}`;
  return [{ field: 'name', message }];
}

function pathProblems({ from, to }: Share): Problem[] {
  const problems: Problem[] = [];
  if (from) problems.push(...problemsOfPath(from.path, 'from.path', 'source'));
  if (from && 'image' in from && !/^\S+$/.test(from.image)) {
    problems.push({ field: 'from.image', message: 'must be the reference of an image, without spaces' });
  }
  if (to.length === 0) problems.push({ field: 'to', message: 'must name at least one container that sees the share' });
  to.forEach(({ path }, index) => {
    const field = `to[${index}].path`;
    problems.push(...problemsOfPath(path, field, 'target'));
    if (cleanPath(path) === '/')
      problems.push({ field, message: 'nothing can be mounted over the whole file system of a container' });
    if (path.includes(':')) problems.push({ field, message: 'must not contain ":", which Kubernetes refuses in mount paths' });
  });
  return problems;
}

function problemsOfPath(path: string, field: string, use: 'source' | 'target'): Problem[] {
  const problems: Problem[] = [];
  if (!path.startsWith('/'))
    problems.push({ field, message: `must be absolute, beginning with "/"; it is ${JSON.stringify(shortened(path))}` });
  if (segmentsOf(path).includes('..'))
    problems.push({ field, message: `must not contain "..": write ${JSON.stringify(shortened(path))} without it` });
  if (path.includes('\0')) problems.push({ field, message: 'must not contain a null character' });
  if (isWithin(cleanPath(path), ownDirectory))
    problems.push({ field, message: `${ownDirectory} is where Bookend mounts its own volumes` });
  const reserved = whyReserved(path, use);
  if (reserved !== undefined) problems.push({ field, message: reserved });
  return problems;
}

function modeProblems({ from, to, mode = 'auto' }: Share): Problem[] {
  const problems: Problem[] = [];
  const readers = to.length > 0 && to.every(({ readOnly }) => readOnly);
  if (!from && (mode === 'copy' || mode === 'image')) {
    problems.push({ field: 'from', message: `mode ${mode} needs a source; leave the mode out to share an empty directory` });
  }
  if (from && mode === 'scratch') {
    problems.push({ field: 'mode', message: 'a scratch share begins empty and has no source: leave out mode, or from' });
  }
  if (!from && readers && (mode === 'auto' || mode === 'scratch')) {
    problems.push({
      field: 'to',
      message: 'every container only reads a directory that nobody fills: let one write, or name a source',
    });
  }
  if (from && mode === 'image') problems.push(...imageProblems(from, to));
  return problems;
}

function imageProblems(from: NonNullable<Share['from']>, to: Share['to']): Problem[] {
  const writers = to.flatMap(({ container, readOnly }, index) =>
    readOnly
      ? []
      : [
          {
            field: `to[${index}].readOnly`,
            message: `must be true: an image volume can only be read, and ${container} would write. Mode copy can be written`,
          },
        ],
  );
  const isFile = from.type === 'File' || (from.type === undefined && !from.path.endsWith('/') && looksLikeFile(from.path));
  if (!isFile) return writers;
  const message =
    from.type === 'File'
      ? 'an image volume can only show a directory: take mode copy for a file'
      : `${from.path} looks like a file, and an image volume can only show a directory: take mode copy, or say type: Directory if it is one`;
  return [...writers, { field: 'from.path', message }];
}

function volumeProblems({ mode, sizeLimit, medium }: Share): Problem[] {
  const problems: Problem[] = [];
  const size = sizeLimit === undefined ? undefined : bytesOf(sizeLimit);
  if (sizeLimit !== undefined && !(size !== undefined && size > 0)) {
    problems.push({
      field: 'sizeLimit',
      message: `must be a quantity of bytes such as 64Mi; it is ${JSON.stringify(shortened(sizeLimit))}`,
    });
  }
  if (mode !== 'image') return problems;
  if (sizeLimit !== undefined)
    problems.push({ field: 'sizeLimit', message: 'an image volume has no size of its own: leave it out, or take mode copy' });
  if (medium !== undefined)
    problems.push({ field: 'medium', message: 'an image volume has no medium: leave it out, or take mode copy' });
  return problems;
}

/** Options that only a copy can have, and what stands in them. */
function optionProblems(share: Share): Problem[] {
  const { from, mode, owners, chown, chmod } = share;
  const problems: Problem[] = [];
  const others = optionsOnlyForCopies(share).filter((option) => option !== 'medium' && option !== 'sizeLimit');
  if (!from || mode === 'image') {
    const why = from
      ? 'an image volume shows the files as they are: leave it out, or take mode copy'
      : 'a scratch share copies nothing: leave it out, or name a source';
    problems.push(...others.map((field) => ({ field, message: why })));
  }
  if (owners === 'keep' && chown !== undefined) {
    problems.push({ field: 'chown', message: 'owners are kept or changed, and not both: leave out owners or chown' });
  }
  if (chown !== undefined && !parseOwner(chown)) {
    const message = `must be UID, UID:GID or :GID in numbers, such as 1000:2000, as names mean something else in each image; it is ${JSON.stringify(shortened(chown))}`;
    problems.push({ field: 'chown', message });
  }
  if (chmod !== undefined && !isChmod(chmod)) {
    const message = `must be octal such as 0755, or symbolic as for chmod(1) such as g+rwX; it is ${JSON.stringify(shortened(chmod))}`;
    problems.push({ field: 'chmod', message });
  }
  return [...problems, ...resourceProblems(share)];
}

function resourceProblems({ resources: { requests = {}, limits = {} } = {} }: Share): Problem[] {
  const problems: Problem[] = [];
  for (const [list, quantities] of Object.entries({ requests, limits })) {
    for (const [name, quantity] of Object.entries(quantities)) {
      const field = `resources.${list}.${shortened(name, 63)}`;
      const amount = bytesOf(quantity);
      if (!resourceNames.includes(name)) problems.push({ field, message: `a copy uses only ${listed(resourceNames)}` });
      else if (amount === undefined || amount < 0) {
        problems.push({
          field,
          message: `must be a quantity such as 50m or 64Mi; it is ${JSON.stringify(shortened(String(quantity)))}`,
        });
      }
    }
  }
  for (const name of resourceNames) {
    const [request, limit] = [bytesOf(requests[name]), bytesOf(limits[name])];
    if (requests[name] === undefined || limits[name] === undefined || request === undefined || limit === undefined) continue;
    if (request > limit)
      problems.push({ field: `resources.requests.${name}`, message: `must not be more than the limit, ${limits[name]}` });
  }
  return problems;
}
