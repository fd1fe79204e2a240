/**
 * Names of the programs of a Pod. client-go names a field manager after the binary (`DefaultKubernetesUserAgent`),
 * which is in the command, and usually also in the names of container and image.
 */
import { fieldAt, listOf, textOf } from './fields.ts';

/** A name with the field that has it. */
export type Program = { field: string; value: string };

/** Of all containers, the surest first: the command, the container's name, the last part of the image's. */
export function programsOf(podSpec: Readonly<Record<string, unknown>>, podSpecPath: string): Program[] {
  return listOf(podSpec.containers).flatMap((container, index): Program[] => {
    const path = `${podSpecPath}.containers[${index}]`;
    const image = textOf(fieldAt(container, 'image'))
      ?.replace(/@.*$/, '')
      .replace(/:[^/]*$/, '');
    const [command] = listOf(fieldAt(container, 'command'));
    const named = { field: `${path}.name`, value: textOf(fieldAt(container, 'name')) };
    const run = { field: `${path}.command[0]`, value: textOf(command)?.split('/').at(-1) };
    const built = { field: `${path}.image`, value: image?.split('/').at(-1) };
    return [run, named, built].flatMap(({ field, value }) => (value ? [{ field, value }] : []));
  });
}

/**
 * What half of all operators call their binary, container or image, and interpreters: such a name tells nobody apart.
 */
export function isCommonName(name: string): boolean {
  return common.test(name);
}

const common =
  /^(manager|controller|operator|main|app|server|sh|bash|python\d?|node|java|kubectl|kubelet|helm|nginx|busybox|alpine|controller-manager|kube-.*)$/i;
