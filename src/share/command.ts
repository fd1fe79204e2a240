/**
 * The command of a container that copies: written when a share is applied, and read to find the shares of a template.
 * See tools/seed/README.md.
 */
import { fieldAt, listOf, textsOf } from '../objects/fields.ts';
import { copyPath, ownDirectory, seedContainer, shareOfVolume, toolPath } from './names.ts';
import type { MountPoint, Share } from './share.ts';

export type CopyCommand = {
  /** Of the source, as it stands in the image. */
  path: string;
  /** Names of all shares that fill the volume, in their order; one alone has none. */
  layers?: readonly string[];
  layer?: string;
  mountPoints?: readonly MountPoint[];
  sizeLimit?: { bytes: number; of: string } | undefined;
} & Pick<Share, 'owners' | 'chown' | 'chmod' | 'onConflict'>;

export function copyCommand(command: CopyCommand): string[] {
  const { path, owners, chown, chmod, layers = [], layer, onConflict, mountPoints = [], sizeLimit } = command;
  const isOneOf = layers.length > 1 && layer !== undefined;
  return [
    toolPath,
    'copy',
    path,
    copyPath,
    ...(owners ? [`--owners=${owners}`] : []),
    ...(chown !== undefined ? [`--chown=${chown}`] : []),
    ...(chmod !== undefined ? [`--chmod=${chmod}`] : []),
    ...(isOneOf ? [`--layers=${layers.join(',')}`, `--layer=${layer}`] : []),
    ...(isOneOf && onConflict === 'last' ? ['--on-conflict=last'] : []),
    ...mountPoints.map(({ path: point, type }) => `--mount-point${type === 'File' ? '-file' : ''}=${point}`),
    ...(sizeLimit ? [`--size-limit=${sizeLimit.bytes}`, `--size-limit-of=${sizeLimit.of}`] : []),
  ].map(literal);
}

/** What a container that copies was told, or undefined for any other. */
export function readCopyCommand(container: unknown): CopyCommand | undefined {
  const [program, verb, path, target, ...flags] = textsOf(fieldAt(container, 'command')).map(plain);
  const isNamed = shareOfVolume(String(fieldAt(container, 'name'))) !== undefined;
  if (!isNamed || program !== toolPath || verb !== 'copy' || path === undefined || !target?.startsWith(ownDirectory))
    return undefined;
  const values = new Map(flags.map((flag) => [flag.split('=', 1)[0] ?? '', flag.slice(flag.indexOf('=') + 1)]));
  const [layers, layer, bytes] = [values.get('--layers'), values.get('--layer'), values.get('--size-limit')];
  const [chown, chmod] = [values.get('--chown'), values.get('--chmod')];
  const mountPoints = flags.flatMap((flag): MountPoint[] => {
    const [, ofFile, point] = /^--mount-point(-file)?=(.*)$/s.exec(flag) ?? [];
    return point === undefined ? [] : [{ path: point, type: ofFile ? 'File' : 'Directory' }];
  });
  return {
    path,
    ...(values.get('--owners') === 'keep' && { owners: 'keep' }),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
    ...(layers !== undefined && layer !== undefined && { layers: layers.split(','), layer }),
    ...(values.get('--on-conflict') === 'last' && { onConflict: 'last' }),
    ...(mountPoints.length > 0 && { mountPoints }),
    ...(bytes !== undefined && { sizeLimit: { bytes: Number(bytes), of: values.get('--size-limit-of') ?? '' } }),
  };
}

/** True for a container that fills a share. */
export function isCopy(container: unknown): boolean {
  const [program, verb, , target] = listOf(fieldAt(container, 'command'));
  const named = shareOfVolume(String(fieldAt(container, 'name'))) !== undefined;
  return named && program === toolPath && verb === 'copy' && String(target).startsWith(ownDirectory);
}

/** True for the container that puts the tool into its volume. */
export function isTool(container: unknown): boolean {
  const [program, verb] = listOf(fieldAt(container, 'command'));
  return fieldAt(container, 'name') === seedContainer && program === '/seed' && verb === 'install';
}

/** True for an init container that we added. */
export function isOurs(container: unknown): boolean {
  return isTool(container) || isCopy(container);
}

/** The kubelet expands `$(NAME)` in commands, and reads `$$` as a dollar sign. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function plain(text: string): string {
  return text.replaceAll('$$', '$');
}
