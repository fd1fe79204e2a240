/**
 * A command of a remedy, carried out on the simulated cluster as it is printed, with all rights; and what it did there.
 */
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { BookendError } from '../../errors.ts';
import { callOfWords } from '../../knowledge/kubectl-calls.ts';
import { isMark, takesMarks } from '../../knowledge/kubectl-marks.ts';
import { textsOf } from '../../objects/fields.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { CommandLine } from '../../remedies/play/command-line.ts';
import { runKubectl, type Shell } from '../../remedies/play/kubectl-run.ts';
import { printedShell, readPrinted } from '../../remedies/play/printed.ts';
import type { CommandStep } from '../../remedies/remedy.ts';
import { deleteTogether } from '../play/hook-pods.ts';

/** What the commands of one remedy did, beyond what the cluster shows. */
export type Deeds = {
  /** The objects that they named, or that `--all` meant, when they ran. */
  targets: Set<ObjectId>;
  /** Finalizers that they took away, by object. */
  finalizers: { object: KubernetesObject; removed: string[] }[];
  /** What they deleted, in this order. */
  deleted: KubernetesObject[];
  /** What they changed, as it was afterwards. */
  changed: Map<ObjectId, KubernetesObject>;
};

/** @returns why it failed, in words */
export async function runCommand(step: CommandStep, simulated: SimulatedCluster, deeds: Deeds): Promise<string | undefined> {
  const line = readPrinted(step);
  if (typeof line === 'string') return line;
  const shell = printedShell(simulated, simulated.connect());
  const chosen = await chosenBy(line, shell);
  if (typeof chosen === 'string') return chosen;
  for (const object of chosen) {
    const child = line.verb === 'delete' ? deeds.deleted.find((each) => isOwnedBy(each, object)) : undefined;
    if (child) return `${describeId(idOf(object))} creates ${describeId(idOf(child))} again, so it must go first`;
    deeds.targets.add(idOf(object));
  }
  if (line.verb === 'delete') deeds.deleted.push(...chosen);
  const failure = await runners[line.program]?.(step, line, shell, chosen);
  if (failure !== undefined) return failure;
  if (line.verb !== 'delete') for (const object of chosen) await noteChange(object, shell, deeds);
  return undefined;
}

function isOwnedBy(child: KubernetesObject, { metadata: { uid } }: KubernetesObject): boolean {
  return (child.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}

type Runner = (
  step: CommandStep,
  line: CommandLine,
  shell: Shell,
  chosen: readonly KubernetesObject[],
) => Promise<string | undefined>;

const runners: Readonly<Record<string, Runner>> = {
  kubectl: async ({ argv: [, ...words] }, _, shell) => {
    const call = callOfWords(words);
    return call === undefined ? 'kubectl gets no verb' : runKubectl(shell, call);
  },
  bookend: async (_, { verb }, shell, chosen) => {
    if (verb !== 'delete' || chosen.length === 0) return undefined;
    return tearDownOf(chosen, shell);
  },
};

async function tearDownOf(chosen: readonly KubernetesObject[], shell: Shell): Promise<string | undefined> {
  try {
    return await deleteTogether(chosen, shell.cluster, shell.clock);
  } catch (error) {
    if (!(error instanceof BookendError) || error.code === 'internal') throw error;
    return error.message;
  }
}

/** The objects that a command is about. What only looks may look at anything. */
async function chosenBy(line: CommandLine, shell: Shell): Promise<KubernetesObject[] | string> {
  if (!['delete', 'patch', 'annotate', 'label', 'scale'].includes(line.verb)) return [];
  const objects = takesMarks(line.verb) ? line.operands.filter((word) => !isMark(word)) : line.operands;
  const [first = '', ...names] = objects;
  const slashed = first.includes('/') ? objects.map((operand) => operand.split(/\/(.*)/s)) : undefined;
  const wanted = slashed
    ? slashed.map(([kind = '', name = '']) => ({ kind, names: [name] }))
    : first.split(',').map((kind) => ({ kind, names }));
  const chosen: KubernetesObject[] = [];
  for (const { kind, names } of wanted) {
    const found = await chosenOf(kind, names, line, shell);
    if (typeof found === 'string') return found;
    chosen.push(...found);
  }
  return chosen;
}

async function chosenOf(
  word: string,
  names: readonly string[],
  { flags }: CommandLine,
  { cluster, kindNamed, namespace: home }: Shell,
): Promise<KubernetesObject[] | string> {
  const kind = kindNamed(word);
  if (kind === undefined) return `the server doesn't have a resource type "${word}"`;
  const place = kind.namespaced && !flags.has('--all-namespaces') ? { namespace: flags.get('--namespace') ?? home } : {};
  const query = { apiVersion: kind.apiVersion, kind: kind.kind, ...place };
  if (names.length === 0) {
    const labelSelector = flags.get('--selector');
    return (await cluster.list({ ...query, ...(labelSelector !== undefined && { labelSelector }) })).items;
  }
  const found: KubernetesObject[] = [];
  for (const name of names) {
    const object = await cluster.get({ ...query, name });
    if (object === undefined && !flags.has('--ignore-not-found')) return `${word} "${name}" not found`;
    if (object) found.push(object);
  }
  return found;
}

async function noteChange(before: KubernetesObject, { cluster }: Shell, deeds: Deeds): Promise<void> {
  const { apiVersion, kind, metadata } = before;
  const ref = { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
  const now = await cluster.get(ref);
  const kept = textsOf(now?.metadata.finalizers);
  const removed = textsOf(metadata.finalizers).filter((each) => !kept.includes(each));
  if (removed.length > 0) deeds.finalizers.push({ object: before, removed });
  if (now) deeds.changed.set(idOf(now), now);
}
