/**
 * The permissions of hooks that run `bookend delete`: runs the verb on a simulated cluster with the chart's objects and
 * the hook's targets, and records its requests.
 */
import { Command } from 'commander';
import type { KindInfo } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import { wholeGroupOf } from '../../objects/kind-names.ts';
import { bookendGroup } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { definedBy, isCrd } from '../../objects/scopes.ts';
import { type Account, serviceAccountUser } from '../../objects/service-accounts.ts';
import { clusterOperatorCrd } from '../../resource/crd.ts';
import { recording } from '../../rights/asked.ts';
import { type HookCall, hookCallsIn } from '../../rights/hook-calls.ts';
import { lookupOf } from '../../rights/lookup.ts';
import type { RightsSet } from '../../rights/manifests.ts';
import { actorOf, usualDeployer } from '../../rights/of-cluster-operator.ts';
import { makeRehearsalCluster } from '../../rights/rehearsal-cluster.ts';
import type { Rehearsal } from '../../rights/rehearse.ts';
import { leastOf, type Reason, type Right } from '../../rights/right.ts';
import { rightsOf } from '../../rights/rights-of.ts';
import { standIn } from '../../rights/stand-ins.ts';
import { anyNamespace, putInstances, supposedName } from '../../rights/supposed.ts';
import { type Trouble, troubled } from '../../rights/trouble.ts';
import type { DeleteFlags } from '../delete/flags.ts';
import { requestOf, type Selection } from '../delete/request.ts';
import { addDelete } from '../delete.ts';
import { addGlobalFlags } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { findKind, findKinds } from '../kind-argument.ts';
import type { Read } from './read.ts';
import type { RightsRequest } from './request.ts';

export async function rightsOfHooks(input: Read, request: RightsRequest): Promise<Found[]> {
  const found: Found[] = [];
  for (const call of hookCallsIn(input.hooks)) {
    const named = input.clusterOperators.length === 0 ? request.account : undefined;
    found.push(await rightsOfHook({ ...call, account: named ?? call.account }, input));
  }
  return found;
}

async function rightsOfHook(call: HookCall, input: Read): Promise<Found> {
  const { account, hook } = call;
  const rehearsal: Rehearsal = { asked: [], objects: [], supposed: { inhabited: new Set() }, unfinished: [] };
  const selections = selectionsOf(call);
  const definitions = [...input.objects, ...definitionsFor(selections, input)];
  for (const trouble of ['nothing', 'lost answers', 'conflicts'] as const)
    await play(call, selections, definitions, input, trouble, rehearsal);
  const lookUp = lookupOf([...definitions, clusterOperatorCrd()], input.kinds);
  const rights = rightsOf(rehearsal, lookUp).map((right) => ({ ...right, why: forHook[right.why] ?? right.why, phases: [] }));
  return {
    name: `bookend-rights:${account.namespace}:${account.name}`,
    about: [
      `What ServiceAccount ${account.namespace}/${account.name} needs, and no more, for the hook ${hook}: bookend ${call.args.join(' ')}`,
      ...aboutAccounts(selections, input),
      ...aboutGroups(selections, input),
    ],
    subject: { kind: 'ServiceAccount', ...account },
    account,
    rights: leastOf([...rights, ...impersonating(selections, input)]),
    urls: [],
    notes: rehearsal.unfinished,
  };
}

const forHook: Partial<Record<Reason, Reason>> = { own: 'hook', 'own-unnamed': 'hook', 'custom-resources': 'hook' };

/** One run of the hook. */
async function play(
  { account, args }: HookCall,
  selections: readonly Selection[],
  definitions: readonly KubernetesObject[],
  input: Read,
  trouble: Trouble,
  rehearsal: Rehearsal,
): Promise<void> {
  const user = `rehearsal-hook-${serviceAccountUser(account.namespace, account.name)}`;
  const stage = await makeRehearsalCluster({
    account: { namespace: 'rehearsal-home', name: 'deployer' },
    given: definitions.map((object) => standIn(object)),
    kinds: input.kinds,
    namespaces: [
      account.namespace,
      anyNamespace,
      ...definitions.flatMap(({ metadata }) => metadata.namespace ?? []),
      ...placesOf(selections),
    ],
    listener: { asked: () => undefined },
  });
  const { simulated } = stage;
  const instances = await instancesFor(selections, simulated.cluster, account);
  for (const namespace of await putInstances(simulated, instances)) rehearsal.supposed.inhabited.add(namespace);
  rehearsal.objects = instances.filter(({ metadata }) => metadata.name !== supposedName);
  await simulated.settle(2_000);
  const operator = troubled(stage, trouble, user);
  await simulated.settle(2_000);
  const connection = simulated.connect({ name: user, groups: ['system:masters', 'system:authenticated'] });
  const cluster = recording(connection.cluster, { asked: (asked) => rehearsal.asked.push({ ...asked, phase: 'teardown' }) });
  let ended: number | undefined;
  const messages: string[] = [];
  const invocation: Invocation = {
    programName: 'bookend',
    out: () => undefined,
    drained: async () => undefined,
    err: (text) => void messages.push(text),
    interactive: false,
    watched: false,
    colour: false,
    colourOut: false,
    size: () => ({ columns: 120, rows: 24 }),
    environment: {},
    clock: connection.clock,
    readInput: async () => '',
    connect: async () => ({ cluster, namespace: account.namespace }),
    onSignal: () => () => undefined,
  };
  const run = runDeleteVerb(args, invocation).then(
    (code) => {
      ended = code;
    },
    (error: unknown) => {
      ended = 1;
      messages.push(String(error));
    },
  );
  const isOver = await operator.until(() => ended !== undefined, 30 * 60_000);
  stage.stop();
  if (isOver) await run;
  if (ended !== 0)
    rehearsal.unfinished.push(
      `the hook did not finish on the simulated cluster, so permissions may be missing: ${messages.at(-1)?.trim() ?? ''}`,
    );
}

async function runDeleteVerb(args: readonly string[], invocation: Invocation): Promise<number> {
  let code = 0;
  const program = addGlobalFlags(new Command('bookend'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addDelete(program, async (work) => {
    code = await work(invocation);
  });
  await program.parseAsync([...args], { from: 'user' });
  return code;
}

/** What it names, read as the verb itself reads it. */
function selectionsOf({ args, hook }: HookCall): Selection[] {
  let selections: Selection[] = [];
  const program = addGlobalFlags(new Command('bookend'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addDelete(program, async () => undefined);
  const verb = program.commands[0];
  verb?.action((what: string[], _: unknown, command: Command) => {
    selections = requestOf(what, command.optsWithGlobals<DeleteFlags>()).selections;
  });
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    throw new BookendError(
      'bad-input',
      `${hook}: its arguments are not valid: ${error instanceof Error ? error.message : String(error)}`,
      {
        object: hook,
      },
    );
  }
  return selections;
}

function placesOf(selections: readonly Selection[]): string[] {
  return selections.flatMap(({ namespace }) => (typeof namespace === 'object' ? [namespace.name] : []));
}

/**
 * A kind that neither the chart defines nor the cluster serves: a custom resource by its resource's name, taken to be
 * namespaced.
 */
function definitionsFor(selections: readonly Selection[], { objects, kinds }: Read): KubernetesObject[] {
  return selections.flatMap(({ kind }) => {
    // Which kinds a whole group has is for the chart or the cluster to say.
    if (wholeGroupOf(kind) !== undefined) return [];
    const [plural = '', ...rest] = kind.split('.');
    const group = rest.join('.');
    const isKnown =
      group === '' || group === bookendGroup || objects.some(({ metadata }) => metadata.name === kind) || isServed(kind, kinds);
    if (isKnown) return [];
    return [
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: kind },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural, kind: `Rehearsed${plural}` },
          versions: [{ name: 'v1', served: true, storage: true }],
        },
      },
    ];
  });
}

/** A group may have kinds that neither the chart nor the cluster shows. */
function aboutGroups(selections: readonly Selection[], { objects, kinds }: Read): string[] {
  return selections.flatMap(({ kind }) => {
    const group = wholeGroupOf(kind);
    if (group === undefined) return [];
    const isKnown = objects.some((object) => isCrd(object) && definedBy(object).group === group);
    if (isKnown || kinds.some((each) => each.group === group)) return [];
    return [`It deletes every kind of the API group ${group}, which neither the chart nor the cluster defines: add those kinds.`];
  });
}

function isServed(text: string, kinds: readonly KindInfo[]): boolean {
  return kinds.length > 0 && findKind({ kinds: [...kinds], missing: [] }, text, text) !== undefined;
}

/** One object for each name, or one without a name that anybody knows. */
async function instancesFor(
  selections: readonly Selection[],
  cluster: { kinds(): Promise<{ kinds: KindInfo[]; missing: string[] }> },
  account: Account,
): Promise<KubernetesObject[]> {
  const kinds = await cluster.kinds();
  const withKinds = selections.flatMap((selection) =>
    findKinds(kinds, selection.kind, selection.field).map((info) => ({ ...selection, info })),
  );
  return withKinds.flatMap(({ info, names, selector, namespace, release }) => {
    const place = typeof namespace === 'object' ? namespace.name : namespace === 'current' ? account.namespace : anyNamespace;
    return (names ?? [supposedName]).map((name) => ({
      apiVersion: info.apiVersion,
      kind: info.kind,
      metadata: {
        name,
        ...(info.namespaced && { namespace: place }),
        labels: labelsFor(selector),
        ...(release && {
          annotations: {
            'meta.helm.sh/release-name': release.name,
            'meta.helm.sh/release-namespace': release.namespace ?? account.namespace,
          },
        }),
      },
      ...(info.group === bookendGroup && {
        spec: { namespace: anyNamespace, components: [{ name: 'all', objects: [harmless] }] },
      }),
    }));
  });
}

const harmless = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'rehearsal-inside' } };

/** Labels that fit a selector of equalities; others fit whatever has the key. */
function labelsFor(selector: string | undefined): Record<string, string> {
  const terms = (selector ?? '').split(',').map((term) => /^\s*([^=!\s]+)\s*==?\s*([^=]*?)\s*$/.exec(term));
  return Object.fromEntries(terms.flatMap((term) => (term?.[1] === undefined ? [] : [[term[1], term[2] ?? '']])));
}

/** Deleting a ClusterOperator is for those who may act as its account. */
function impersonating(selections: readonly Selection[], input: Read): Right[] {
  return accountsToActAs(selections, input).map((account) => ({
    verb: 'impersonate',
    group: '',
    resource: 'serviceaccounts',
    ...account,
    why: 'hook-impersonates',
    phases: [],
  }));
}

function accountsToActAs(selections: readonly Selection[], { clusterOperators }: Read): Account[] {
  const about = selections.filter(
    ({ kind }) => wholeGroupOf(kind) === bookendGroup || /^(clusteroperators?(\..*)?|clop)$/i.test(kind),
  );
  if (about.length === 0) return [];
  const meant = clusterOperators.filter(({ metadata }) =>
    about.some(({ names }) => names === undefined || names.includes(metadata.name)),
  );
  return meant.length === 0 ? [usualDeployer] : meant.map((resource) => actorOf(resource).account);
}

function aboutAccounts(selections: readonly Selection[], input: Read): string[] {
  const accounts = accountsToActAs(selections, input);
  if (accounts.length === 0 || input.clusterOperators.length > 0) return [];
  return [
    `It deletes ClusterOperators that are not in the chart: for those that name an account of their own it needs "impersonate" on that account, in place of ${usualDeployer.namespace}/${usualDeployer.name}.`,
  ];
}

export type Found = RightsSet & { notes: string[] };
