/**
 * One call of kubectl on the simulated cluster: of a hook's script, with the rights of the hook's account, or of a
 * remedy that is played before it is printed.
 */
import { type Clock, sleep } from '../../cluster/clock.ts';
import type { Cluster, DeleteOptions, KindInfo, Patch } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import type { KubectlCall } from '../../knowledge/kubectl-calls.ts';
import { marksOf } from '../../knowledge/kubectl-marks.ts';
import { mapOf, textMapOf } from '../../objects/fields.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { parseDuration } from '../../teardown/duration.ts';

export type Shell = {
  /** As whoever calls kubectl. */
  cluster: Cluster;
  clock: Clock;
  /** Where a call names none. */
  namespace: string;
  kindNamed(word: string): KindInfo | undefined;
  /** All that the word means: several kinds for `*.example.com` or a category. */
  kindsNamed(word: string): readonly KindInfo[];
  /** Whether an object is there, whoever may read it: for waits, which go on without the right to. */
  isThere(object: KubernetesObject): boolean;
  /** A patch that the API server does not take is a failure. Default: scripts repeat it, or meant it so. */
  isStrict?: boolean;
};

const commandMs = 200;

/** @returns what kubectl prints when it fails, or undefined. */
export async function runKubectl(shell: Shell, call: KubectlCall): Promise<string | undefined> {
  // At once: what a real controller has not done for minutes a simulated one would do meanwhile.
  if (!shell.isStrict) await sleep(shell.clock, commandMs);
  const run = runs[call.verb];
  if (call.verb === 'create serviceaccount') return createAccount(shell, call);
  if (run === undefined || hasUnknownNames(call) || call.namespace === '?') return undefined;
  try {
    for (const type of call.types) {
      const kinds = kindsMeant(shell, type);
      if (kinds.length === 0 && type !== 'all') return `error: the server doesn't have a resource type "${type}"`;
      for (const kind of kinds) {
        const failure = await run(shell, call, kind);
        if (failure !== undefined) return failure;
      }
    }
    return undefined;
  } catch (error) {
    return saidBy(error);
  }
}

/** One kind, or those of a category. What `all` means is too much to play. */
function kindsMeant({ kindNamed, kindsNamed }: Shell, type: string): readonly KindInfo[] {
  const one = kindNamed(type);
  if (one) return [one];
  return type === 'all' ? [] : kindsNamed(type);
}

/** What a script puts together at run time is not guessed. */
function hasUnknownNames({ names, words }: KubectlCall): boolean {
  return words === undefined && names.some((name) => name.includes('$'));
}

function saidBy(error: unknown): string {
  if (error instanceof BookendError) return `Error from server (${error.details.reason ?? error.code}): ${error.message}`;
  throw error;
}

type Run = (shell: Shell, call: KubectlCall, kind: KindInfo) => Promise<string | undefined>;

const read: Run = async (shell, call, kind) => missing(await targets(shell, call, kind), call, kind);

const runs: Record<string, Run> = {
  get: read,
  describe: read,
  logs: read,
  delete: remove,
  patch: change,
  annotate: mark,
  label: mark,
  scale,
  'rollout restart': restart,
  wait: async (shell, call, kind) => {
    const found = await targets(shell, call, kind);
    return /--for[= ]delete/.test(call.text) ? untilGone(shell, call, found.objects, true) : missing(found, call, kind);
  },
};

type Targets = { objects: KubernetesObject[]; absent: string[] };

async function targets({ cluster, namespace }: Shell, call: KubectlCall, kind: KindInfo): Promise<Targets> {
  const { apiVersion, kind: name } = kind;
  const place = !kind.namespaced || call.namespace === '*' ? {} : { namespace: call.namespace ?? namespace };
  if (call.names.length === 0) {
    const labelSelector = flagOf(call, '-l', '--selector');
    const query = { apiVersion, kind: name, ...place, ...(labelSelector !== undefined && { labelSelector }) };
    return { objects: (await cluster.list(query)).items, absent: [] };
  }
  const found: Targets = { objects: [], absent: [] };
  for (const each of call.names) {
    const object = await cluster.get({ apiVersion, kind: name, ...place, name: each });
    if (object) found.objects.push(object);
    else found.absent.push(each);
  }
  return found;
}

function missing({ absent }: Targets, call: KubectlCall, kind: KindInfo): string | undefined {
  if (absent.length === 0 || call.isAfterLook || /--ignore-not-found(?!=false)/.test(call.text)) return undefined;
  return `Error from server (NotFound): ${kind.resource}${kind.group === '' ? '' : `.${kind.group}`} "${absent[0]}" not found`;
}

/** By name kubectl sends the DELETE without a look; what is meant by `--all` or a selector it lists first. */
async function remove(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  const isNamed = call.names.length > 0;
  if (!isNamed && !/--all\b|\s-l|--selector|--field-selector/.test(call.text)) return undefined;
  const objects = isNamed ? namedBy(call, kind, shell) : (await targets(shell, call, kind)).objects;
  const absent: string[] = [];
  for (const object of objects) {
    const { uid: _, ...ref } = refOf(object);
    const grace = /--grace-period[= ](\d+)/.exec(call.text)?.[1];
    const answer = await shell.cluster.delete(ref, {
      propagation: propagationOf(call),
      ...(grace !== undefined && { gracePeriodSeconds: Number(grace) }),
    });
    if (answer === 'absent' && isNamed) absent.push(object.metadata.name);
  }
  const failure = missing({ objects, absent }, call, kind);
  if (failure !== undefined || call.isInBackground || /--wait=false|--now=false/.test(call.text)) return failure;
  return untilGone(shell, call, objects, false);
}

function namedBy(
  { names, namespace }: KubectlCall,
  { apiVersion, kind, namespaced }: KindInfo,
  shell: Shell,
): KubernetesObject[] {
  const place = !namespaced || namespace === '*' ? {} : { namespace: namespace ?? shell.namespace };
  return names.map((name) => ({ apiVersion, kind, metadata: { name, ...place } }));
}

function propagationOf({ text }: KubectlCall): Required<DeleteOptions>['propagation'] {
  const written = /--cascade[= ](foreground|orphan)/.exec(text)?.[1];
  return written === 'foreground' ? 'Foreground' : written === 'orphan' ? 'Orphan' : 'Background';
}

async function untilGone(
  { clock, isThere }: Shell,
  call: KubectlCall,
  objects: readonly KubernetesObject[],
  isWait: boolean,
): Promise<string | undefined> {
  const given = flagOf(call, '--timeout');
  const timeoutMs = given !== undefined ? (safeDuration(given) ?? Infinity) : isWait ? 30_000 : Infinity;
  const end = clock.now() + (timeoutMs > 0 ? timeoutMs : Infinity);
  while (objects.some(isThere)) {
    if (clock.now() >= end) return `error: timed out waiting for the condition on ${objects.find(isThere)?.metadata.name}`;
    await sleep(clock, 500);
  }
  return undefined;
}

/** Merge and JSON patches that stand in the script are made; others only need the right. */
async function change(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  const found = await targets(shell, call, kind);
  const patch = patchOf(call) ?? { type: 'merge', value: {} };
  for (const object of found.objects) {
    const done = shell.cluster.patch(refOf(object), patch);
    await (shell.isStrict ? done : done.catch(passConflict));
  }
  return missing(found, call, kind);
}

/** Without --overwrite, kubectl refuses to change a value. It ignores a key that is to be removed and is absent. */
async function mark(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  const all = /--all\b|\s-l|--selector/.test(call.text);
  if (call.names.length === 0 && !all) return undefined;
  const map = call.verb === 'label' ? 'labels' : 'annotations';
  // What a script puts together at run time only needs the right.
  const marks = marksOf((call.marks ?? []).filter((word) => call.words !== undefined || !word.includes('$')));
  if (typeof marks === 'string') return `error: ${marks}`;
  const found = await targets(shell, all ? { ...call, names: [] } : call, kind);
  const value = Object.fromEntries([...marks.set, ...[...marks.removed].map((key) => [key, null] as const)]);
  for (const object of found.objects) {
    const has = textMapOf(object.metadata[map]);
    const other = [...marks.set].find(([key, text]) => has[key] !== undefined && has[key] !== text);
    if (other && !/--overwrite(?!=false)/.test(call.text))
      return `error: '${other[0]}' already has a value (${has[other[0]]}), and --overwrite is false`;
    const done = shell.cluster.patch(refOf(object), { type: 'merge', value: { metadata: { [map]: value } } });
    await (shell.isStrict ? done : done.catch(passConflict));
  }
  return missing(found, call, kind);
}

async function scale(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  if (!kind.subresources.includes('scale'))
    return 'Error from server (NotFound): the server could not find the requested resource';
  const found = await targets(shell, call, kind);
  const replicas = Number(/--replicas[= ](\d+)/.exec(call.text)?.[1] ?? Number.NaN);
  if (!Number.isNaN(replicas))
    for (const object of found.objects)
      await shell.cluster.patch(refOf(object), { type: 'merge', value: { spec: { replicas } } });
  return missing(found, call, kind);
}

const restartable = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);

/** Changes the Pod template, so that the controller replaces the Pods. */
async function restart(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  if (!restartable.has(kind.kind)) return `error: ${kind.resource} restarting is not supported`;
  const found = await targets(shell, call, kind);
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date(shell.clock.now()).toISOString() };
  const value = { spec: { template: { metadata: { annotations } } } };
  for (const object of found.objects) await shell.cluster.patch(refOf(object), { type: 'merge', value });
  return missing(found, call, kind);
}

async function createAccount(shell: Shell, call: KubectlCall): Promise<string | undefined> {
  const [name = ''] = call.types;
  const metadata = { name, namespace: call.namespace ?? shell.namespace };
  try {
    await shell.cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    return undefined;
  } catch (error) {
    return saidBy(error);
  }
}

function patchOf({ text, words }: KubectlCall): Patch | undefined {
  const [, , single, double] = /(?:\s-p|--patch)[= ]?\s*('([^']*)'|"((?:[^"\\]|\\.)*)")/.exec(text) ?? [];
  const body = words ? flagValue(words, '-p', '--patch') : (single ?? double?.replaceAll('\\"', '"'));
  if (body === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    if (!Array.isArray(value)) return { type: 'merge', value: mapOf(value) };
    return { type: 'json', operations: value as Extract<Patch, { type: 'json' }>['operations'] };
  } catch {
    return undefined; // YAML, or put together from variables.
  }
}

function flagValue(words: readonly string[], ...flags: string[]): string | undefined {
  const at = words.findIndex((word) => flags.includes(word));
  const inline = words.find((word) => flags.some((flag) => word.startsWith(`${flag}=`)));
  return at >= 0 ? words[at + 1] : inline?.split(/=(.*)/s)[1];
}

/** The object changed or lacks what the patch removes: kubectl tries again, or the script meant it so. */
function passConflict(error: unknown): undefined {
  if (isCode(error, 'conflict', 'invalid', 'not-found')) return undefined;
  throw error;
}

function flagOf({ text }: KubectlCall, ...flags: string[]): string | undefined {
  for (const flag of flags) {
    const found = new RegExp(`\\s${flag}(?:=|\\s+)["']?([^\\s"']+)`).exec(text);
    if (found?.[1] !== undefined && !found[1].includes('$')) return found[1];
  }
  return undefined;
}

function safeDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
