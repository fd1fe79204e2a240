/**
 * What the text of a container does, as far as it can be read: its shell script or its command line, with the scripts
 * that it takes from a ConfigMap. `kubectl-calls.ts` reads the calls in it.
 */
import type { World } from '../graph/edge.ts';
import { fieldAt, listOf, textMapOf, textOf, textsOf } from '../objects/fields.ts';
import { makeId } from '../objects/identity.ts';
import { environmentOf, expandedByKubelet, expandedByShell, variablesOf } from './container-environment.ts';

/** One text that a container runs, and where it stands. */
export type Script = { text: string; field: string };

/** All texts that the containers of a Pod run. */
export function scriptsOf(
  podSpec: Readonly<Record<string, unknown>>,
  specPath: string,
  namespace: string,
  world: World,
): Script[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    listOf(podSpec[list]).flatMap((container, index): Script[] => {
      const environment = environmentOf(container, namespace, world);
      const mayBeSet = variablesOf(container, namespace, world);
      const [command, args] = (['command', 'args'] as const).map((words) =>
        textsOf(fieldAt(container, words)).map((word) => expandedByKubelet(word, environment)),
      ) as [string[], string[]];
      const field = `${specPath}.${list}[${index}].${command.length > 0 ? 'command' : 'args'}`;
      const words = [...entrypoint(container, command), ...args];
      const script = scriptIn(words);
      const text = script === undefined ? words.map(quoted).join(' ') : expandedByShell(script, environment, mayBeSet);
      const files = mounted(podSpec, specPath, namespace, container, words.join(' '), world);
      return [
        ...(text === '' ? [] : [{ text, field }]),
        ...files.map((file) => ({ ...file, text: expandedByShell(file.text, environment, mayBeSet) })),
      ];
    }),
  );
}

/** Images made for kubectl have it as their entrypoint, so their manifests name only its arguments. */
function entrypoint(container: unknown, command: readonly string[]): readonly string[] {
  if (command.length > 0) return command;
  const image = textOf(fieldAt(container, 'image')) ?? '';
  return /(^|\/)(kubectl|k8s-kubectl)([:@]|$)/.test(image) ? ['kubectl'] : [];
}

/** The script behind `sh -c`, `bash -ec` and the like. */
function scriptIn(words: readonly string[]): string | undefined {
  if (!/(^|\/)(ba|da|a|z|k)?sh$/.test(words[0] ?? '')) return undefined;
  const at = words.findIndex((word, index) => index > 0 && /^-[a-z]*c[a-z]*$/.test(word));
  return at < 0 ? undefined : words.slice(at + 1).find((word) => !/^[-+]/.test(word) || word.includes(' '));
}

function quoted(word: string): string {
  return /[\s;|&$`()<>]/.test(word) ? `'${word}'` : word;
}

/** Files of mounted ConfigMaps whose names the command line has. */
function mounted(
  podSpec: Readonly<Record<string, unknown>>,
  specPath: string,
  namespace: string,
  container: unknown,
  line: string,
  world: World,
): Script[] {
  return listOf(podSpec.volumes).flatMap((volume, index) => {
    const path = `${specPath}.volumes[${index}]`;
    const mounts = listOf(fieldAt(container, 'volumeMounts')).filter((each) => fieldAt(each, 'name') === fieldAt(volume, 'name'));
    const sources = [
      { source: fieldAt(volume, 'configMap'), field: `${path}.configMap` },
      ...listOf(fieldAt(volume, 'projected', 'sources')).map((each, at) => ({
        source: fieldAt(each, 'configMap'),
        field: `${path}.projected.sources[${at}].configMap`,
      })),
    ];
    return sources.flatMap(({ source, field }) => {
      const name = textOf(fieldAt(source, 'name'));
      const data = name === undefined ? {} : textMapOf(world.byId(makeId('', 'ConfigMap', namespace, name))?.data);
      return Object.entries(data)
        .filter(([key]) => fileNames(key, source, mounts).some((file) => hasFileName(line, file)))
        .map(([, text]) => ({ text, field }));
    });
  });
}

/** What the file of a key is called: by its `items`, and where it is mounted alone by its mount. */
function fileNames(key: string, source: unknown, mounts: readonly unknown[]): string[] {
  const items = listOf(fieldAt(source, 'items'));
  const paths =
    items.length === 0
      ? [key]
      : items.filter((each) => fieldAt(each, 'key') === key).flatMap((each) => textOf(fieldAt(each, 'path')) ?? []);
  const alone = mounts
    .filter((mount) => paths.some((path) => fieldAt(mount, 'subPath') === path))
    .flatMap((mount) => textOf(fieldAt(mount, 'mountPath')) ?? []);
  return [...paths, ...alone];
}

/** As a whole name: `/scripts/clean.sh` has `clean.sh`, and `zfs-node.sock` has no `zfs`. */
function hasFileName(line: string, name: string): boolean {
  return line.split(/[\s'";|&()<>=,]+/).some((word) => word === name || word.endsWith(`/${name}`));
}
