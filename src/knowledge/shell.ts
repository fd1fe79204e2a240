/**
 * What the text of a container does, as far as it can be read: its shell script or its command line, with the scripts
 * that it takes from a ConfigMap, and the kubectl calls in it. What is put together at run time is not guessed.
 */
import type { World } from '../graph/edge.ts';
import { fieldAt, listOf, textMapOf, textOf, textsOf } from '../objects/fields.ts';
import { makeId } from '../objects/identity.ts';
import { environmentOf, expandedByKubelet, expandedByShell } from './container-environment.ts';

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
      const [command, args] = (['command', 'args'] as const).map((words) =>
        textsOf(fieldAt(container, words)).map((word) => expandedByKubelet(word, environment)),
      ) as [string[], string[]];
      const field = `${specPath}.${list}[${index}].${command.length > 0 ? 'command' : 'args'}`;
      const words = [...entrypoint(container, command), ...args];
      const script = scriptIn(words);
      const text = script === undefined ? words.map(quoted).join(' ') : expandedByShell(script, environment);
      const files = mounted(podSpec, specPath, namespace, words.join(' '), world);
      return [
        ...(text === '' ? [] : [{ text, field }]),
        ...files.map((file) => ({ ...file, text: expandedByShell(file.text, environment) })),
      ];
    }),
  );
}

/**
 * Whether a word on kubectl's command line means CustomResourceDefinitions: `crd`, `crds`,
 * `customresourcedefinitions.apiextensions.k8s.io`.
 */
export function meansDefinitions(type: string): boolean {
  return /^(crds?|customresourcedefinitions?)(\.|$)/i.test(type);
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
  line: string,
  world: World,
): Script[] {
  return listOf(podSpec.volumes).flatMap((volume, index) => {
    const name = textOf(fieldAt(volume, 'configMap', 'name'));
    const data = name === undefined ? {} : textMapOf(world.byId(makeId('', 'ConfigMap', namespace, name))?.data);
    return Object.entries(data)
      .filter(([key]) => line.includes(key))
      .map(([, text]) => ({ text, field: `${specPath}.volumes[${index}].configMap` }));
  });
}

/** A call of kubectl, as written. */
export type KubectlCall = {
  verb: string;
  /** `crd`, `pods`, `widgets.example.com`; absent where a variable or a file says it. */
  types: string[];
  /** Of the objects; empty for all, or for those that a selector means. */
  names: string[];
  /** `*` for all namespaces; absent for the Pod's own; `?` where a variable says it. */
  namespace?: string;
  flags: readonly string[];
  /** The whole command, for people. */
  text: string;
  /** Its errors are thrown away and its output is counted or tested: a refusal looks like "nothing there". */
  hidesRefusal: boolean;
  /** Its failure changes nothing: `|| true`. */
  mayFail: boolean;
};

/** The kubectl calls of a script. */
export function kubectlCalls(script: string): KubectlCall[] {
  const lines = script
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, ''));
  return lines.flatMap((line) =>
    [...line.matchAll(kubectl)].flatMap((match) => {
      const at = match.index + match[0].length;
      const rest = line.slice(at);
      const call = callOf(commandOf(rest));
      if (call === undefined) return [];
      const mayFail = /^[^;\n]*\|\|\s*(true|:|echo|exit 0)/.test(rest);
      return [{ ...call, hidesRefusal: hides(line.slice(0, at), rest), mayFail }];
    }),
  );
}

/** Where a call begins. */
const kubectl = /(?:^|[\s;&|(`"'{!])(?:\/[\w./-]*\/)?(?:kubectl|oc|\$\{?KUBECTL\}?)\s+/g;

/** Up to where the shell begins something else. Quotes keep what is in them. */
function commandOf(rest: string): string {
  let quote: string | undefined;
  for (let index = 0; index < rest.length; index++) {
    const character = rest.charAt(index);
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") quote = character;
    else if (/[;|)`]/.test(character) || (character === '&' && rest.charAt(index - 1) !== '>' && rest.charAt(index + 1) !== '>'))
      return rest.slice(0, index).trim();
  }
  return rest.trim();
}

function callOf(command: string): Omit<KubectlCall, 'hidesRefusal' | 'mayFail'> | undefined {
  const words = wordsOf(command).filter((word) => !/^\d*>|^&>|^\/dev\/null$|^<<?/.test(word));
  const flags: string[] = [];
  const rest: string[] = [];
  let namespace: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') break;
    if (!word.startsWith('-')) {
      rest.push(word);
      continue;
    }
    flags.push(word);
    const [flag = '', inline] = word.split(/=(.*)/s);
    const value = inline ?? (takesValue.has(flag) ? words[++index] : undefined);
    if (flag === '-A' || (flag === '--all-namespaces' && inline !== 'false')) namespace = '*';
    if ((flag === '-n' || flag === '--namespace') && value !== undefined) namespace = value.includes('$') ? '?' : value;
    if (/^-n\S/.test(flag) && inline === undefined) namespace = flag.slice(2);
  }
  const [verb, ...operands] = rest;
  if (verb === undefined || verb.includes('$')) return undefined;
  const sub = subcommands.has(verb) ? operands.shift() : undefined;
  const { types, names } = targetsOf(operands);
  const place = namespace === undefined ? {} : { namespace };
  return { verb: sub === undefined ? verb : `${verb} ${sub}`, types, names, ...place, flags, text: `kubectl ${command}` };
}

const subcommands = new Set(['rollout', 'create', 'set']);
const takesValue = new Set(
  '-n --namespace -l --selector -o --output -f --filename -p --patch --type --field-selector --for --timeout --grace-period --context --kubeconfig --server --token -s --cascade --replicas --request-timeout --as -c --container --subresource -k --kustomize --image --dry-run'.split(
    ' ',
  ),
);
takesValue.delete('--cascade');
takesValue.delete('--dry-run');

function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ''));
}

/** `crd a b`, `crd/a deploy/b`, `pods,services`. */
function targetsOf(operands: readonly string[]): { types: string[]; names: string[] } {
  const slashed = operands.filter((word) => /^[\w.-]+\/./.test(word));
  if (slashed.length > 0) {
    const parts = slashed.map((word) => word.split('/'));
    return { types: [...new Set(parts.map(([type = '']) => type))], names: parts.map(([, name = '']) => name) };
  }
  const [types = '', ...names] = operands;
  return { types: types.includes('$') ? [] : types.split(',').filter((type) => /^[a-zA-Z]/.test(type)), names };
}

/**
 * `$(kubectl get … 2>/dev/null | wc -l)`, `if ! kubectl get … &>/dev/null`, `[ -z "$(kubectl get … 2>/dev/null)" ]`.
 */
function hides(before: string, rest: string): boolean {
  const command = commandOf(rest);
  if (!/^(-\S+\s+)*get\b/.test(rest) || !/(2|&)>\s*\/dev\/null|2>&1/.test(command)) return false;
  const after = rest.slice(rest.indexOf(command) + command.length);
  const counted = /^\s*\|\s*(wc|grep|jq|awk|head)\b/.test(after);
  const tested = /(\$\(|`)\s*(\/\S+\/)?kubectl\s*$|(if|while|until)\s+(!\s+)?(\/\S+\/)?kubectl\s*$|!\s*kubectl\s*$/.test(before);
  return counted || (tested && /(2|&)>\s*\/dev\/null|>\s*\/dev\/null\s+2>&1/.test(command));
}
