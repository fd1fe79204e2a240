/** Runs `bookend rights`. */

import { BookendError, errorCodes } from '../../errors.ts';
import { check } from '../../rights/check.ts';
import { yamlOf } from '../../rights/manifests.ts';
import { actorOf, rightsOfClusterOperator } from '../../rights/of-cluster-operator.ts';
import type { RehearsalOptions } from '../../rights/rehearse.ts';
import { rightsOfTeam } from '../../rights/team.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { refuseAmbiguous } from '../reading/chart-or-release.ts';
import { kindOfPath } from '../reading/read-subject.ts';
import type { ExitCode } from '../verb.ts';
import { type Found, rightsOfHooks } from './hooks.ts';
import { definitionsIn, type Read, read } from './read.ts';
import { type RightsFlags, type RightsRequest, requestOf } from './request.ts';
import { checkedText, documentOf } from './show.ts';

/**
 * @param what a release, a chart or a ClusterOperator, as it was typed
 * @throws BookendError `bad-input` where nothing in the input needs rights; `cycle` as the operator refuses the spec;
 * `not-found`, `forbidden`, `unreachable` as the cluster answers
 */
export async function runRights(what: string | undefined, flags: RightsFlags, invocation: Invocation): Promise<ExitCode> {
  const request = requestOf(what, flags, kindOfPath);
  await refuseAmbiguous(what, request.source, flags, invocation);
  const connected = request.live ? await invocation.connect(flags) : undefined;
  try {
    const input = await read(request, flags, invocation, connected);
    const sets = await rightsFor(request, input);
    for (const note of sets.flatMap(({ notes }) => notes)) invocation.err(`note: ${note}\n`);
    if (!request.check || !connected) {
      if (request.format === 'json') await outJson({ rights: sets.map((set) => documentOf(set)) }, invocation);
      else invocation.out(sets.map(yamlOf).join('---\n'));
      return 0;
    }
    const checked = [];
    for (const set of sets) {
      const subject = set.subject ?? request.subject;
      if (subject) checked.push({ set, ...(await check(connected.cluster, set, subject)) });
    }
    const isMissing = checked.some(({ missing, missingUrls }) => missing.length + missingUrls.length > 0);
    if (request.format === 'json')
      await outJson({ rights: checked.map(({ set, ...result }) => documentOf(set, result)) }, invocation);
    else invocation.out(checked.map(({ set, ...result }) => checkedText(set, result)).join(''));
    return isMissing ? errorCodes.forbidden.exit : 0;
  } finally {
    await connected?.cluster.close();
  }
}

async function rightsFor(request: RightsRequest, input: Read): Promise<Found[]> {
  const around: RehearsalOptions = { given: definitionsIn(input), kinds: input.kinds, instancesIn: request.instancesIn };
  const sets: Found[] = [];
  for (const resource of input.clusterOperators) {
    const actor = actorOf(resource, request.account);
    if (request.for === 'team') sets.push({ ...rightsOfTeam(resource, actor, request.subject), notes: [] });
    else sets.push(await rightsOfClusterOperator(resource, actor, around));
  }
  if (request.for === 'account') sets.push(...(await rightsOfHooks(input, request)));
  if (sets.length > 0) return sets;
  throw new BookendError('bad-input', 'the input contains no ClusterOperator and no hook that deletes with Bookend', {
    advice: 'bookend rights supports only these two. To see what an uninstall does, run: bookend preview.',
  });
}
