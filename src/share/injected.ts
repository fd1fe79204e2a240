/** The two kinds of containers that a copy adds to a Pod. */
import { isMap, mapOf } from '../objects/fields.ts';
import { copyPath, seedContainer, shareVolume, toolPath, toolsPath, toolsVolume } from './names.ts';
import { resourcesOf } from './resources.ts';
import { copySecurity, toolSecurity } from './security.ts';
import type { Share, ShareSettings } from './share.ts';
import { containerNamed, type Fields } from './spec.ts';

/** Puts the tool into its volume. It takes resources and labels of the container that the first copy is made like. */
export function toolContainer(spec: Fields, first: Share, { seedImage }: ShareSettings): Fields {
  const resources = resourcesOf(spec, modelOf(spec, first));
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
export function copyContainer(spec: Fields, share: Share): Fields {
  const { from } = share;
  const model = modelOf(spec, share);
  const isSource = from !== undefined && 'container' in from;
  const { image, imagePullPolicy } = isSource ? mapOf(model) : { image: from?.image, imagePullPolicy: undefined };
  const resources = resourcesOf(spec, model, share);
  return {
    name: shareVolume(share.name),
    image,
    ...(imagePullPolicy !== undefined && { imagePullPolicy }),
    command: [toolPath, 'copy', literal(from?.path ?? ''), copyPath],
    ...(resources && { resources }),
    securityContext: copySecurity(spec, model, isSource),
    terminationMessagePolicy,
    volumeMounts: [
      { name: toolsVolume, mountPath: toolsPath, readOnly: true },
      { name: shareVolume(share.name), mountPath: copyPath },
    ],
  };
}

/** The container that the copying one is made like: the source, and for an image that none runs the first consumer, who is to read the files. */
function modelOf(spec: Fields, { from, to }: Share): Fields | undefined {
  const name = from && 'container' in from ? from.container : to[0]?.container;
  const model = name === undefined ? undefined : containerNamed(spec, name)?.container;
  return isMap(model) ? model : undefined;
}

/** The tool's last line says what is wrong; `kubectl describe pod` then shows it. */
const terminationMessagePolicy = 'FallbackToLogsOnError';

/** The kubelet expands `$(NAME)` in commands, and reads `$$` as a dollar sign. */
function literal(path: string): string {
  return path.replaceAll('$', '$$$$');
}
