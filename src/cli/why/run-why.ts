/** Runs `bookend why`. */

import type { Cluster, KindInfo } from '../../cluster/port.ts';
import { BookendError, errorCodes, isCode } from '../../errors.ts';
import { describeRef } from '../../objects/identity.ts';
import type { ObjectRef } from '../../objects/object.ts';
import { gather } from '../../why/gather.ts';
import { tryEnd } from '../../why/try.ts';
import { why } from '../../why/why.ts';
import { type GlobalFlags, outputFormat } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { didYouMean, findKind } from '../kind-argument.ts';
import { progressOn, readingOn } from '../reading/progress.ts';
import type { ExitCode } from '../verb.ts';
import { keepYoungGenerationSmall } from '../young-generation.ts';
import { silentApi } from './silent-api.ts';
import { treeOf } from './tree.ts';

/**
 * @throws BookendError `not-found` for an object that does not exist, with where one of its name does; `bad-input`,
 * `forbidden`, `unreachable`
 */
export async function runWhy(what: string[], flags: WhyFlags, invocation: Invocation): Promise<ExitCode> {
  const format = outputFormat(flags, ['text', 'json']);
  const depth = depthOf(flags);
  const asked = askedOf(what, invocation.programName);
  const { cluster, namespace } = await invocation.connect(flags);
  const progress = progressOn(invocation, format);
  try {
    progress.at('Reading the cluster …');
    keepYoungGenerationSmall();
    const kind = await kindOf(cluster, asked.kind);
    const at = kind.namespaced ? { namespace: flags.namespace ?? namespace } : {};
    const ref: ObjectRef = { apiVersion: kind.apiVersion, kind: kind.kind, name: asked.name, ...at };
    const snapshot = await gather(cluster, ref, invocation.clock.now(), readingOn(progress));
    if (!snapshot) throw await absent(cluster, ref, kind);
    const tried = flags.try ? await tryEnd(cluster, snapshot.object) : undefined;
    progress.at('Trying the remedies on a simulated cluster …');
    const seen = { ...snapshot, ...(tried && { tried }) };
    const draft = why(seen);
    // Without remedies there is nothing to simulate, and the simulated cluster takes a moment to load.
    const { playRemedies } = await import('../../why/play/play-remedies.ts');
    const answer = await playRemedies(draft, seen);
    progress.end();
    if (format === 'json') await outJson(answer, invocation);
    else invocation.out(treeOf(answer, { colour: invocation.colour, columns: invocation.size().columns, depth }));
    return answer.state === 'terminating' && answer.stuck ? errorCodes.blocked.exit : 0;
  } finally {
    progress.end();
    await cluster.close();
  }
}

/** `KIND/NAME` or `KIND NAME`. */
function askedOf(what: readonly string[], programName: string): { kind: string; name: string } {
  const [first = '', second, ...more] = what;
  const slash = first.indexOf('/');
  const [kind, name] = slash < 0 ? [first, second] : [first.slice(0, slash), first.slice(slash + 1)];
  const tooMany = slash < 0 ? more.length > 0 : second !== undefined;
  if (kind && name && !tooMany) return { kind, name };
  throw new BookendError('bad-input', `"${what.join(' ')}" is not one object`, {
    field: 'what',
    advice: `For example: ${programName} why namespace/shop`,
  });
}

function depthOf({ depth = '8' }: WhyFlags): number {
  const number = Number(depth);
  if (Number.isInteger(number) && number > 0) return number;
  throw new BookendError('bad-input', `--depth cannot be "${depth}"`, {
    field: '--depth',
    advice: 'For example: --depth 8',
  });
}

/** An API that does not answer is itself the answer: its objects can be neither read nor deleted. */
async function kindOf(cluster: Cluster, text: string): Promise<KindInfo> {
  const kinds = await cluster.kinds();
  let found: KindInfo | undefined;
  try {
    found = findKind(kinds, text, 'what');
  } catch (error) {
    if (isCode(error, 'unreachable')) throw await silentApi(cluster, error);
    throw error;
  }
  if (found) return found;
  throw new BookendError('not-found', `the cluster serves no kind "${text}"${didYouMean(kinds, text)}`, {
    object: text,
    field: 'what',
    advice: 'Run: kubectl api-resources. If its CustomResourceDefinition was deleted, its objects are gone too.',
  });
}

/** Where else there is one of that name, as far as it may be asked. */
async function absent(cluster: Cluster, ref: ObjectRef, kind: KindInfo): Promise<BookendError> {
  const { apiVersion } = kind;
  const query = { apiVersion, kind: kind.kind, fieldSelector: `metadata.name=${ref.name}`, metadataOnly: true };
  const elsewhere = kind.namespaced
    ? await cluster.list(query).then(
        ({ items }) => items.flatMap(({ metadata }) => metadata.namespace ?? []),
        (error: unknown) => {
          if (isCode(error, 'forbidden', 'invalid')) return [];
          throw error;
        },
      )
    : [];
  const where = elsewhere.map((namespace) => `-n ${namespace}`).join(' or ');
  return new BookendError('not-found', `${describeRef(ref)} does not exist`, {
    object: describeRef(ref),
    ...(where && { advice: `An object with this name exists in another namespace: ${where}.` }),
  });
}

export type WhyFlags = GlobalFlags & { depth?: string; try?: boolean };
