/** Errors in a share that do not depend on the Pod. */

import { bytesOf } from '../objects/quantity.ts';
import type { Problem } from '../objects/validate.ts';
import { looksLikeFile } from './choose.ts';
import { listed, shortened } from './limits.ts';
import { longestShareName, ownDirectory } from './names.ts';
import { optionsOnlyForCopies } from './options.ts';
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
  const message = `must contain only lower-case letters, digits and "-", begin and end with a letter or digit, and have at most ${longestShareName} characters; it is ${JSON.stringify(shortened(name))}`;
  return [{ field: 'name', message }];
}

function pathProblems({ from, to }: Share): Problem[] {
  const problems: Problem[] = [];
  if (from) problems.push(...problemsOfPath(from.path, 'from.path', 'source'));
  if (from && 'image' in from && !/^\S+$/.test(from.image)) {
    problems.push({ field: 'from.image', message: 'must be an image reference without spaces' });
  }
  if (to.length === 0) problems.push({ field: 'to', message: 'must name at least one container' });
  to.forEach(({ path }, index) => {
    const field = `to[${index}].path`;
    problems.push(...problemsOfPath(path, field, 'target'));
    if (cleanPath(path) === '/')
      problems.push({ field, message: 'must not be "/": nothing can be mounted over the whole file system of a container' });
    if (path.includes(':')) problems.push({ field, message: 'must not contain ":", which Kubernetes rejects in mount paths' });
  });
  return problems;
}

function problemsOfPath(path: string, field: string, use: 'source' | 'target'): Problem[] {
  const problems: Problem[] = [];
  if (!path.startsWith('/')) problems.push({ field, message: `must begin with "/"; it is ${JSON.stringify(shortened(path))}` });
  if (segmentsOf(path).includes('..'))
    problems.push({ field, message: `must not contain ".."; it is ${JSON.stringify(shortened(path))}` });
  if (path.includes('\0')) problems.push({ field, message: 'must not contain a null character' });
  if (isWithin(cleanPath(path), ownDirectory))
    problems.push({ field, message: `must not be in ${ownDirectory}, where Bookend mounts its own volumes` });
  const reserved = whyReserved(path, use);
  if (reserved !== undefined) problems.push({ field, message: reserved });
  return problems;
}

function modeProblems({ from, to, mode = 'auto' }: Share): Problem[] {
  const problems: Problem[] = [];
  const readers = to.length > 0 && to.every(({ readOnly }) => readOnly);
  if (!from && (mode === 'copy' || mode === 'image')) {
    problems.push({ field: 'from', message: `mode ${mode} needs a source. For an empty directory, leave out the mode` });
  }
  if (from && mode === 'scratch') {
    problems.push({ field: 'mode', message: 'mode scratch starts empty and has no source: leave out the mode or the source' });
  }
  if (!from && readers && (mode === 'auto' || mode === 'scratch')) {
    problems.push({
      field: 'to',
      message: 'all containers only read an empty directory: remove :ro from one, or add a source',
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
            message: `must be true: an image volume is read-only, and ${container} would write. Use mode copy`,
          },
        ],
  );
  const isFile = from.type === 'File' || (from.type === undefined && !from.path.endsWith('/') && looksLikeFile(from.path));
  if (!isFile) return writers;
  const message =
    from.type === 'File'
      ? 'an image volume can only mount a directory. Use mode copy for a file'
      : `${from.path} looks like a file, and an image volume can only mount a directory. Use mode copy, or type: Directory if it is one`;
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
    problems.push({ field: 'sizeLimit', message: 'does not apply to an image volume: leave it out, or use mode copy' });
  if (medium !== undefined)
    problems.push({ field: 'medium', message: 'does not apply to an image volume: leave it out, or use mode copy' });
  return problems;
}

/** Options that only a copy can have, and what stands in them. */
function optionProblems(share: Share): Problem[] {
  const { from, mode, owners, chown, chmod } = share;
  const problems: Problem[] = [];
  const others = optionsOnlyForCopies(share).filter((option) => option !== 'medium' && option !== 'sizeLimit');
  if (!from || mode === 'image') {
    const why = from
      ? 'does not apply to an image volume: leave it out, or use mode copy'
      : 'does not apply to an empty directory: leave it out, or add a source';
    problems.push(...others.map((field) => ({ field, message: why })));
  }
  if (owners === 'keep' && chown !== undefined) {
    problems.push({ field: 'chown', message: 'cannot be combined with owners=keep: leave out one of them' });
  }
  if (chown !== undefined && !parseOwner(chown)) {
    const message = `must be UID, UID:GID or :GID in numbers, such as 1000:2000, because names differ between images; it is ${JSON.stringify(shortened(chown))}`;
    problems.push({ field: 'chown', message });
  }
  if (chmod !== undefined && !isChmod(chmod)) {
    const message = `must be octal such as 0755, or symbolic as for chmod(1) such as g+rwX; it is ${JSON.stringify(shortened(chmod))}`;
    problems.push({ field: 'chmod', message });
  }
  return [...problems, ...resourceProblems(share)];
}

function resourceProblems({ resources: { requests = {}, limits = {} } = {} }: Share): Problem[] {
  const above = resourceNames.filter((name) => {
    const [request, limit] = [bytesOf(requests[name]), bytesOf(limits[name])];
    return request !== undefined && limit !== undefined && request > limit;
  });
  return [
    ...quantityProblems('resources.requests', requests),
    ...quantityProblems('resources.limits', limits),
    ...above.map((name) => ({
      field: `resources.requests.${name}`,
      message: `must not be more than the limit, ${limits[name]}`,
    })),
  ];
}

function quantityProblems(list: string, quantities: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(quantities).flatMap(([name, quantity]): Problem[] => {
    const field = `${list}.${shortened(name, 63)}`;
    if (!resourceNames.includes(name)) return [{ field, message: `a copy uses only ${listed(resourceNames)}` }];
    const amount = bytesOf(quantity);
    if (amount !== undefined && amount >= 0) return [];
    const message = `must be a quantity such as 50m or 64Mi; it is ${JSON.stringify(shortened(String(quantity)))}`;
    return [{ field, message }];
  });
}
