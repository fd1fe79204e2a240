/**
 * `preview agent` can mean the chart in the directory `agent` or the installed release. Bookend asks the cluster for
 * the release. If the cluster does not answer, a note states the choice.
 */
import { isCode } from '../../errors.ts';
import { shellWord } from '../../objects/shell-quote.ts';
import { readRelease } from '../../reading/release.ts';
import type { GlobalFlags } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { asLines } from '../terminal.ts';
import { refusal } from './source.ts';

type Flags = GlobalFlags & { live?: boolean };

/** @throws BookendError `bad-input` if both exist */
export async function refuseAmbiguous(
  what: string | undefined,
  source: { from: string },
  flags: Flags,
  invocation: Invocation,
): Promise<void> {
  const isName = what !== undefined && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(what) && !/\.(tgz|tar\.gz)$/.test(what);
  if (source.from !== 'chart' || !isName) return;
  const advice = `For the chart: ./${what}. For the release: --release ${shellWord(what)}`;
  const found = await inTime(lookFor(what, flags, invocation), flags, invocation);
  if (found === 'unknown')
    invocation.err(asLines([`note: ${what} is the chart in the directory; the cluster does not answer. ${advice}`]));
  else if (found !== undefined)
    throw refusal(undefined, `${what} is the directory of a chart, and a release in namespace ${found.namespace}`, advice);
}

type Found = { namespace: string } | 'unknown' | undefined;

/** Undefined if there is no release, or no cluster at all. */
async function lookFor(name: string, flags: Flags, invocation: Invocation): Promise<Found> {
  try {
    const connected = await invocation.connect(flags);
    const namespace = flags.namespace ?? connected.namespace;
    try {
      await readRelease(connected.cluster, name, namespace);
      return { namespace };
    } finally {
      await connected.cluster.close();
    }
  } catch (error) {
    if (isCode(error, 'not-found', 'bad-input')) return undefined;
    if (isCode(error, 'forbidden', 'unreachable', 'unauthorized', 'throttled', 'unsupported')) return 'unknown';
    throw error;
  }
}

/** A chart needs no cluster, so only flags that refer to one are worth a wait. */
function inTime(looking: Promise<Found>, { namespace, context, kubeconfig, live }: Flags, { clock }: Invocation): Promise<Found> {
  const isMeant = [namespace, context, kubeconfig, live].some((flag) => flag !== undefined);
  return new Promise((resolve, reject) => {
    const cancel = clock.after(isMeant ? 15_000 : 3_000, () => resolve('unknown'));
    looking.then(resolve, reject).finally(cancel);
  });
}
