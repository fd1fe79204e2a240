/**
 * Runs the life of a ClusterOperator on a simulated cluster, once for each failure that can occur, and records all
 * requests of its account. It runs the operator's own code.
 */
import type { SimulatedCluster } from '../cluster/simulated/index.ts';
import { type Desired, desiredOf } from '../install/desired.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCrd } from '../objects/scopes.ts';
import { type Account, serviceAccountUser } from '../objects/service-accounts.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import type { Asked, Phase } from './asked.ts';
import { makeRehearsalCluster, type RehearsalClusterOptions } from './rehearsal-cluster.ts';
import { changeLabel, withStandIns } from './stand-ins.ts';
import { anyNamespace, type Child, type Supposed, suppose } from './supposed.ts';
import { type Trouble, troubled } from './trouble.ts';

export type RehearsalOptions = Pick<RehearsalClusterOptions, 'given' | 'kinds'> & {
  /** Where custom resources of users may be, when a CustomResourceDefinition is among the objects. Empty: anywhere. */
  instancesIn: readonly string[];
};

export type Rehearsal = {
  /** Every request, with when it was made. */
  asked: (Asked & { phase: Phase })[];
  /** The objects as they are wanted: namespaces filled in. */
  objects: KubernetesObject[];
  supposed: Supposed;
  /** How each life went that did not come to its end, in words. */
  unfinished: string[];
};

/** All that is worth rehearsing for this spec: only with Force does anything stuck ask for more. */
export function troublesOf({ spec }: ClusterOperator): Trouble[] {
  const stuck: Trouble[] = spec.teardown?.onTimeout === 'Force' ? ['stuck objects'] : [];
  return ['nothing', 'lost answers', 'conflicts', 'crashes', ...stuck];
}

/** @throws BookendError `bad-input`, `cycle` as the operator refuses the spec */
export async function rehearse(resource: ClusterOperator, account: Account, around: RehearsalOptions): Promise<Rehearsal> {
  const asked: Rehearsal['asked'] = [];
  const unfinished: string[] = [];
  const wanted = await wantedOf(resource, account, around);
  const supposed: Supposed = { inhabited: new Set() };
  for (const trouble of troublesOf(resource)) {
    const life = await live(resource, account, { ...around, wanted, trouble });
    asked.push(...life.asked);
    unfinished.push(...life.unfinished);
    for (const namespace of life.supposed.inhabited) supposed.inhabited.add(namespace);
  }
  return { asked, objects: wanted.objects.map(({ object }) => object), supposed, unfinished };
}

/** The objects as the operator would want them, checked as it would check them. */
export async function wantedOf(resource: ClusterOperator, account: Account, around: RehearsalOptions): Promise<Desired> {
  const { simulated, stop } = await makeRehearsalCluster({
    ...around,
    account,
    namespaces: [],
    listener: { asked: () => undefined },
  });
  const lookUp = async (apiVersion: string, kind: string) => {
    const info = await simulated.cluster.kind(apiVersion, kind);
    return info && (info.namespaced ? ('Namespaced' as const) : ('Cluster' as const));
  };
  const wanted = await desiredOf(resource, lookUp, {
    seedImage: 'seed:rehearsal',
    imageVolumes: async () => ({ known: false, reason: 'a rehearsal has no nodes' }),
    live: async () => undefined,
  });
  stop();
  return wanted;
}

export type LifeOptions = RehearsalOptions & {
  wanted: Desired;
  trouble: Trouble;
  /** What the account may do; absent: everything. */
  rights?: readonly KubernetesObject[];
  /** What custom resources are made of; absent: what stands for every kind. */
  childKind?: Child;
  /** Ends the life with the first refusal: for who only wants to know whether there is one. */
  untilRefused?: boolean;
};

export type Life = Pick<Rehearsal, 'asked' | 'supposed' | 'unfinished'> & {
  /** What the account was refused. */
  refused: Rehearsal['asked'];
};

/** One life: installed, changed by others and put right, changed by its author, taken down. */
export async function live(resource: ClusterOperator, account: Account, options: LifeOptions): Promise<Life> {
  const { wanted, trouble, rights, given, kinds, instancesIn, untilRefused = false, childKind } = options;
  const objects = wanted.objects.map(({ object }) => object);
  const isStuck = trouble === 'stuck objects';
  const asked: Life['asked'] = [];
  const refused: Life['refused'] = [];
  const unfinished: string[] = [];
  let phase: Phase = 'install';
  const stage = await makeRehearsalCluster({
    account,
    given,
    kinds,
    namespaces: namespacesOf(objects, instancesIn),
    ...(rights && { rights }),
    listener: {
      asked: (each) => asked.push({ ...each, phase }),
      refused: (each) => refused.push({ ...each, phase }),
    },
  });
  const { simulated } = stage;
  const spec = standInsOf(resource, isStuck);
  const operator = troubled(stage, trouble, serviceAccountUser(account.namespace, account.name));
  const isOver = () => untilRefused && refused.length > 0;
  const until = async (what: string, condition: () => boolean) => {
    if (!(await operator.until(() => isOver() || condition())))
      unfinished.push(`${what}: ${blockerOf(simulated, resource) ?? 'nobody says why'}`);
  };
  const isReady = (generation: number) => {
    const { metadata, status } = stored(simulated, resource) ?? {};
    return metadata?.generation === generation && status?.observedGeneration === generation && status.phase === 'Ready';
  };

  await simulated.cluster.create(spec('1'));
  await until('it does not become ready', () => isReady(1));
  phase = 'keep';
  const supposed = await suppose(simulated, objects, instancesIn, childKind);
  await disturb(simulated, objects);
  await until(
    'what others changed and deleted is not put right',
    () => isReady(1) && objects.every((each) => isAsWanted(simulated, each)),
  );
  await change(simulated, resource, spec('2'));
  await until('a change does not come to its end', () => isReady(2));
  // What left the spec may still be needed by the rest; then it is not removed, and that is as it should be.
  const shorter = withoutLast(spec('2'));
  if (shorter) {
    await change(simulated, resource, shorter);
    await operator.until(() => isOver() || isReady(3), 60_000);
  }
  phase = 'teardown';
  if (isStuck) await hold(simulated, objects);
  await simulated.cluster.delete({ ...clusterOperatorKind, name: resource.metadata.name });
  await until('it is not taken down', () => stored(simulated, resource) === undefined);
  stage.stop();
  return { asked, supposed, unfinished, refused };
}

function stored({ server }: SimulatedCluster, { metadata }: ClusterOperator): ClusterOperator | undefined {
  return server.store.all('clusteroperators.bookend.dev').find(({ metadata: { name } }) => name === metadata.name) as
    | ClusterOperator
    | undefined;
}

function blockerOf(simulated: SimulatedCluster, resource: ClusterOperator): string | undefined {
  const { blocker, conditions } = stored(simulated, resource)?.status ?? {};
  return blocker || conditions?.find(({ type }) => type === 'Stalled')?.message;
}

/** Where objects are, without the namespaces that are among them. */
function namespacesOf(objects: readonly KubernetesObject[], instancesIn: readonly string[]): string[] {
  const own = new Set(
    objects.filter(({ kind, apiVersion }) => kind === 'Namespace' && apiVersion === 'v1').map(({ metadata }) => metadata.name),
  );
  const named = objects.flatMap(({ metadata }) => metadata.namespace ?? []);
  return [...new Set([...named, ...instancesIn, anyNamespace])].filter((name) => !own.has(name));
}

async function change({ cluster }: SimulatedCluster, { metadata }: ClusterOperator, { spec }: ClusterOperator): Promise<void> {
  await cluster.patch({ ...clusterOperatorKind, name: metadata.name }, { type: 'merge', value: { spec } });
}

/** Without the last object; undefined where nothing would be left. */
function withoutLast(resource: ClusterOperator): ClusterOperator | undefined {
  const { components } = resource.spec;
  const last = components.findLastIndex(({ objects }) => objects.length > 1);
  if (last < 0) return undefined;
  const shorter = components.map((component, index) =>
    index === last ? { ...component, objects: component.objects.slice(0, -1) } : component,
  );
  return { ...resource, spec: { ...resource.spec, components: shorter } };
}

/** Somebody changes each object and deletes what can be made again without loss. */
async function disturb({ cluster, settle }: SimulatedCluster, objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) {
    const ref = refOf(object);
    if ((await cluster.get(ref).catch(() => undefined)) === undefined) continue;
    await cluster.patch(ref, { type: 'merge', value: { metadata: { labels: { [changeLabel]: 'by somebody else' } } } });
  }
  await settle(5_000);
  for (const object of objects.filter((each) => !takesOthersAlong(each)))
    await cluster.delete(refOf(object)).catch(() => undefined);
  await settle(5_000);
}

function takesOthersAlong(object: KubernetesObject): boolean {
  return isCrd(object) || (object.kind === 'Namespace' && object.apiVersion === 'v1');
}

function isAsWanted({ server }: SimulatedCluster, object: KubernetesObject): boolean {
  const kind = server.kinds.find(object.apiVersion, object.kind);
  const { namespace, name } = object.metadata;
  const live = kind && server.store.get(kind.key, kind.namespaced ? namespace : undefined, name);
  return live !== undefined && live.metadata.deletionTimestamp === undefined && live.metadata.labels?.[changeLabel] === '1';
}

/** Somebody holds everything, children too, by a finalizer that nobody serves. */
async function hold({ cluster, server }: SimulatedCluster, objects: readonly KubernetesObject[]): Promise<void> {
  const children = server.kinds
    .listable()
    .flatMap(({ key }) => server.store.all(key))
    .filter(({ metadata }) => (metadata.ownerReferences ?? []).length > 0);
  for (const ref of [...objects, ...children].map(refOf)) {
    if ((await cluster.get(ref).catch(() => undefined)) === undefined) continue;
    await cluster.patch(ref, { type: 'merge', value: { metadata: { finalizers: ['rehearsal.bookend.dev/held'] } } });
  }
}

function standInsOf(resource: ClusterOperator, isStuck: boolean): (change: string) => ClusterOperator {
  return (change) => {
    const made = withStandIns(resource, { change, endless: isStuck });
    if (!isStuck) return made;
    return { ...made, spec: { ...made.spec, teardown: { ...made.spec.teardown, timeout: '5s' } } };
  };
}
