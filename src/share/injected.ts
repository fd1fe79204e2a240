/** The two kinds of containers that a copy adds to a Pod. */
import { isMap, mapOf } from '../objects/fields.ts';
import type { Arranged } from './arrange.ts';
import { copyCommand } from './command.ts';
import { copyPath, seedContainer, shareVolume, toolsPath, toolsVolume } from './names.ts';
import { resourcesOf } from './resources.ts';
import { copySecurity, toolSecurity } from './security.ts';
import type { MountPoint, Share, ShareSettings } from './share.ts';
import { sizeLimitOf } from './size-limit.ts';
import { containerNamed, type Fields } from './spec.ts';

/** Puts the tool into its volume. It takes resources and labels of the container that the first copy is made like. */
export function toolContainer(spec: Fields, first: Share, { seedImage }: Pick<ShareSettings, 'seedImage'>): Fields {
  const resources = resourcesOf(modelOf(spec, first), first);
  return {
    name: seedContainer,
    image: seedImage,
    command: ['/seed', 'install', toolsPath],
    ...(resources && { resources }),
    securityContext: toolSecurity(spec, modelOf(spec, first)),
    terminationMessagePolicy,
    volumeMounts: [{ name: toolsVolume, mountPath: toolsPath }],
  };
}

/** Runs the tool in the source's own image. */
export function copyContainer(spec: Fields, { share, directory }: Arranged, mountPoints: readonly MountPoint[]): Fields {
  const { name, from, owners } = share;
  const model = modelOf(spec, share);
  const isSource = from !== undefined && 'container' in from;
  const { image, imagePullPolicy } = isSource ? mapOf(model) : { image: from?.image, imagePullPolicy: undefined };
  const resources = resourcesOf(model, share);
  const layers = directory.shares.map((each) => each.name);
  const sizeLimit = sizeLimitOf(spec, directory.shares);
  return {
    name: shareVolume(name),
    image,
    ...(imagePullPolicy !== undefined && { imagePullPolicy }),
    command: copyCommand({ ...share, path: from?.path ?? '', layers, layer: name, mountPoints, sizeLimit }),
    ...(resources && { resources }),
    securityContext: copySecurity(spec, model, isSource, owners === 'keep'),
    terminationMessagePolicy,
    volumeMounts: [
      { name: toolsVolume, mountPath: toolsPath, readOnly: true },
      { name: directory.volume, mountPath: copyPath },
    ],
  };
}

/**
 * The container that the copying one is made like: the source, and for an image that none runs the first consumer,
 * who is to read the files.
 */
export function modelOf(spec: Fields, { from, to }: Share): Fields | undefined {
  const name = from && 'container' in from ? from.container : to[0]?.container;
  const model = name === undefined ? undefined : containerNamed(spec, name)?.container;
  return isMap(model) ? model : undefined;
}

/** The tool's last line says what is wrong; `kubectl describe pod` then shows it. */
const terminationMessagePolicy = 'FallbackToLogsOnError';
