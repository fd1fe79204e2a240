/**
 * What the variables of a container's environment say, as far as manifests show it, and a script with them in it.
 * Values of Secrets are not looked at.
 */
import type { World } from '../graph/edge.ts';
import { fieldAt, listOf, textMapOf, textOf } from '../objects/fields.ts';
import { makeId } from '../objects/identity.ts';

/** `env` and `envFrom`; of two of one name the later counts, and `env` before `envFrom`, as the kubelet has it. */
export function environmentOf(container: unknown, namespace: string, world: World): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const dataOf = (name: string | undefined) =>
    name === undefined ? {} : textMapOf(world.byId(makeId('', 'ConfigMap', namespace, name))?.data);
  for (const source of listOf(fieldAt(container, 'envFrom'))) {
    const prefix = textOf(fieldAt(source, 'prefix')) ?? '';
    const data = dataOf(textOf(fieldAt(source, 'configMapRef', 'name')));
    for (const [key, value] of Object.entries(data)) found.set(`${prefix}${key}`, value);
  }
  for (const variable of listOf(fieldAt(container, 'env'))) {
    const name = textOf(fieldAt(variable, 'name'));
    if (name === undefined) continue;
    const reference = fieldAt(variable, 'valueFrom', 'configMapKeyRef');
    const isNamespace = fieldAt(variable, 'valueFrom', 'fieldRef', 'fieldPath') === 'metadata.namespace';
    const value = isNamespace
      ? namespace
      : (textOf(fieldAt(variable, 'value')) ??
        dataOf(textOf(fieldAt(reference, 'name')))[textOf(fieldAt(reference, 'key')) ?? '']);
    found.delete(name);
    if (value !== undefined) found.set(name, expandedByKubelet(value, found));
  }
  return found;
}

/**
 * Whether a variable may have a value that is not known: of a Secret, of a ConfigMap that stands nowhere, or one that
 * every container has. What an image sets is not looked at.
 */
export function variablesOf(container: unknown, namespace: string, world: World): (name: string) => boolean {
  const isOpen = listOf(fieldAt(container, 'envFrom')).some((source) => {
    const name = textOf(fieldAt(source, 'configMapRef', 'name'));
    return name === undefined || !world.has(makeId('', 'ConfigMap', namespace, name));
  });
  const names = new Set(listOf(fieldAt(container, 'env')).map((each) => textOf(fieldAt(each, 'name'))));
  return (name) => isOpen || names.has(name) || /^(PATH|HOME|USER|SHELL|HOSTNAME|PWD|KUBE.*|.*_SERVICE_.*)$/.test(name);
}

function unquoted(word: string): string {
  return /^"[^"]*"$|^'[^']*'$/.test(word) ? word.slice(1, -1) : word;
}

/** `$(NAME)`, which the kubelet puts into commands, arguments and values; what it does not know stays as it is. */
export function expandedByKubelet(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string) => environment.get(name) ?? whole);
}

/**
 * A shell script with the values of variables that it does not set itself: `$NAME`, `${NAME}`, `${NAME:-other}`. What
 * stands in single quotes stays.
 * @param mayBeSet whether a variable that is not in the environment may have a value all the same
 */
export function expandedByShell(
  script: string,
  environment: ReadonlyMap<string, string>,
  mayBeSet: (name: string) => boolean = () => true,
): string {
  const own = namesSetIn(script);
  return script.replaceAll(
    /\\.|'[^'\n]*'|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^{}]*))?\})/g,
    (whole, plain?: string, braced?: string, other?: string) => {
      const name = plain ?? braced ?? '';
      if (own.has(name)) return whole;
      return environment.get(name) ?? (other !== undefined && !mayBeSet(name) ? unquoted(other) : whole);
    },
  );
}

/** Variables that the script sets: `NAME=`, `for NAME in`, `read NAME`. */
function namesSetIn(script: string): ReadonlySet<string> {
  const assigned = [...script.matchAll(/(?:^|[\s;&|({])([A-Za-z_]\w*)\+?=/gm)].map(([, name = '']) => name);
  const looped = [...script.matchAll(/\bfor\s+([A-Za-z_]\w*)\s/g)].map(([, name = '']) => name);
  const read = [...script.matchAll(/\bread\s+([^\n;|&]*)/g)].flatMap(([, words = '']) => words.split(/\s+/));
  return new Set([...assigned, ...looped, ...read]);
}
