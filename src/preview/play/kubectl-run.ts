/**
 * One kubectl call of a hook, carried out on the simulated cluster with the rights of the hook's account; its exit code
 * is what the script goes on with.
 */
import { type Clock, sleep } from '../../cluster/clock.ts';
import type { Cluster, KindInfo, Patch } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import type { KubectlCall } from '../../knowledge/shell.ts';
import { mapOf } from '../../objects/fields.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { parseDuration } from '../../teardown/duration.ts';

export type Shell = {
  /** As the hook's account. */
  cluster: Cluster;
  clock: Clock;
  /** The Pod's own. */
  namespace: string;
  kindNamed(word: string): KindInfo | undefined;
  /** Whether an object is there, whoever may read it: for waits, which go on without the right to. */
  isThere(object: KubernetesObject): boolean;
};

const commandMs = 200;

/** @returns what kubectl prints when it fails, or undefined. */
export async function runKubectl(shell: Shell, call: KubectlCall): Promise<string | undefined> {
  await sleep(shell.clock, commandMs);
  const run = runs[call.verb];
  if (run === undefined || call.names.some((name) => name.includes('$')) || call.namespace === '?') return undefined;
  try {
    for (const type of call.types) {
      const kind = shell.kindNamed(type);
      if (kind === undefined) {
        if (type === 'all') continue;
        return `error: the server doesn't have a resource type "${type}"`;
      }
      const failure = await run(shell, call, kind);
      if (failure !== undefined) return failure;
    }
    return undefined;
  } catch (error) {
    if (error instanceof BookendError) return `Error from server (${error.details.reason ?? error.code}): ${error.message}`;
    throw error;
  }
}

type Run = (shell: Shell, call: KubectlCall, kind: KindInfo) => Promise<string | undefined>;

const read: Run = async (shell, call, kind) => missing(await targets(shell, call, kind), call, kind);

const runs: Record<string, Run> = {
  get: read,
  describe: read,
  delete: remove,
  patch: change,
  annotate: mark,
  label: mark,
  scale,
  wait: async (shell, call, kind) => {
    const found = await targets(shell, call, kind);
    return /--for[= ]delete/.test(call.text) ? untilGone(shell, call, found.objects, true) : missing(found, call, kind);
  },
};

type Found = { objects: KubernetesObject[]; absent: string[] };

async function targets({ cluster, namespace }: Shell, call: KubectlCall, kind: KindInfo): Promise<Found> {
  const { apiVersion, kind: name } = kind;
  const place = !kind.namespaced || call.namespace === '*' ? {} : { namespace: call.namespace ?? namespace };
  if (call.names.length === 0) {
    const labelSelector = flagOf(call, '-l', '--selector');
    const query = { apiVersion, kind: name, ...place, ...(labelSelector !== undefined && { labelSelector }) };
    return { objects: (await cluster.list(query)).items, absent: [] };
  }
  const found: Found = { objects: [], absent: [] };
  for (const each of call.names) {
    const object = await cluster.get({ apiVersion, kind: name, ...place, name: each });
    if (object) found.objects.push(object);
    else found.absent.push(each);
  }
  return found;
}

function missing({ absent }: Found, call: KubectlCall, kind: KindInfo): string | undefined {
  if (absent.length === 0 || /--ignore-not-found(?!=false)/.test(call.text)) return undefined;
  return `Error from server (NotFound): ${kind.resource}${kind.group === '' ? '' : `.${kind.group}`} "${absent[0]}" not found`;
}

/** By name kubectl sends the DELETE without a look; what is meant by `--all` or a selector it lists first. */
async function remove(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  const { apiVersion } = kind;
  const place = !kind.namespaced || call.namespace === '*' ? {} : { namespace: call.namespace ?? shell.namespace };
  const byName: Found = { objects: [], absent: [] };
  if (call.names.length === 0 && !/--all\b|\s-l|--selector|--field-selector/.test(call.text)) return undefined;
  for (const name of call.names) byName.objects.push({ apiVersion, kind: kind.kind, metadata: { name, ...place } });
  const found = call.names.length > 0 ? byName : await targets(shell, call, kind);
  const propagation = /--cascade[= ](foreground|orphan)/.exec(call.text)?.[1];
  const options = {
    propagation: propagation === 'foreground' ? 'Foreground' : propagation === 'orphan' ? 'Orphan' : 'Background',
  } as const;
  for (const object of found.objects) {
    const { uid: _, ...ref } = refOf(object);
    if ((await shell.cluster.delete(ref, options)) === 'absent' && call.names.length > 0) found.absent.push(object.metadata.name);
  }
  const failure = missing(found, call, kind);
  if (failure !== undefined || /--wait=false|--now=false/.test(call.text)) return failure;
  return untilGone(shell, call, found.objects, false);
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
  for (const object of found.objects) await shell.cluster.patch(refOf(object), patch).catch(passConflict);
  return missing(found, call, kind);
}

async function mark(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  const all = /--all\b|\s-l|--selector/.test(call.text);
  // `kubectl label node NAME key=value`: what has a sign is no name.
  const names = call.names.filter((name) => !name.includes('=') && !name.endsWith('-'));
  if (names.length === 0 && !all) return undefined;
  return change(shell, { ...call, names: all ? [] : names, text: call.text.replace(/\s(-p|--patch).*/, '') }, kind);
}

async function scale(shell: Shell, call: KubectlCall, kind: KindInfo): Promise<string | undefined> {
  const found = await targets(shell, call, kind);
  const replicas = Number(/--replicas[= ](\d+)/.exec(call.text)?.[1] ?? Number.NaN);
  if (!Number.isNaN(replicas))
    for (const object of found.objects)
      await shell.cluster.patch(refOf(object), { type: 'merge', value: { spec: { replicas } } });
  return missing(found, call, kind);
}

function patchOf({ text }: KubectlCall): Patch | undefined {
  const [, , single, double] = /(?:\s-p|--patch)[= ]?\s*('([^']*)'|"((?:[^"\\]|\\.)*)")/.exec(text) ?? [];
  const body = single ?? double?.replaceAll('\\"', '"');
  if (body === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    if (!Array.isArray(value)) return { type: 'merge', value: mapOf(value) };
    return { type: 'json', operations: value as Extract<Patch, { type: 'json' }>['operations'] };
  } catch {
    return undefined; // YAML, or put together from variables.
  }
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
