/** What `why` has read, as a simulated cluster in which remedies can be played. */
import { type Answers, makeSimulatedCluster, type SimulatedCluster, servesFinalizer } from '../../cluster/simulated/index.ts';
import { fieldAt, mapOf } from '../../objects/fields.ts';
import { groupOf, idOf, idOfRef, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { livePod } from '../../remedies/play/live.ts';
import { withKnownOwners } from '../../remedies/play/owners.ts';
import { isPod } from '../../teardown/kinds.ts';
import { backendOf } from '../backends.ts';
import type { Blocker } from '../blocker.ts';
import type { WhyContext } from '../context.ts';
import { controllerState } from '../controllers.ts';
import { mayUpdate } from '../rights.ts';
import { deletingSince, isSlow } from '../since.ts';

/** Many, and in nobody's way. */
const quiet = new Set(['Event', 'Lease', 'EndpointSlice', 'Endpoints', 'ControllerRevision']);
/** They matter where a remedy or a blocker names them: nobody acts in the play by rights that it could lose. */
const quietUnlessNamed = new Set(['ConfigMap', 'Secret', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);

export type Staged = {
  simulated: SimulatedCluster;
  /** What the remedies have nothing to do with. */
  beside: readonly KubernetesObject[];
};

/**
 * @param blockers what was found: policies that are not among them are taken to let everything pass, since their answer
 * is not known
 */
export function stageOf(context: WhyContext, blockers: readonly Blocker[]): Staged {
  const isStaged = stagedOnly(context, blockers);
  const { true: inside = [], false: beside = [] } = Object.groupBy(context.objects, (each) =>
    isStaged(each) ? 'true' : 'false',
  );
  const objects = withKnownOwners(inside.map((object) => known(object, blockers)));
  const simulated = makeSimulatedCluster({
    nodes: objects.some(({ kind }) => kind === 'Node') ? [] : 1,
    startAt: context.now,
    establishMs: 0,
    answers: answersIn(context, new Set(objects.map(idOf))),
  });
  simulated.adopt(objects.map((object) => (isPod(object) ? livePod(object, context.now) : object)));
  serveFinalizers(simulated, context);
  return { simulated, beside };
}

/** A Service beside the stage answers as it does now; one that may not be looked at is taken to answer. */
function answersIn(context: WhyContext, staged: ReadonlySet<ObjectId>): Answers {
  return (service) => {
    const { namespace, name } = service;
    if (staged.has(makeId('', 'Service', namespace, name))) return undefined;
    return backendOf(service, context).state !== 'dead';
  };
}

/** Cluster-scoped objects, and the namespaces that the explanation is about. */
function stagedOnly(context: WhyContext, blockers: readonly Blocker[]): (object: KubernetesObject) => boolean {
  const named = new Set([idOf(context.object), ...blockers.flatMap(({ object }) => (object ? [idOfRef(object)] : []))]);
  const texts = new Set(
    blockers.flatMap(({ remedies }) =>
      remedies.flatMap(({ steps }) => steps.flatMap((step) => (step.do === 'run' ? step.argv : []))),
    ),
  );
  const places = new Set<string | undefined>([undefined, ...texts]);
  for (const id of named) places.add(parseId(id).namespace);
  for (const { workload } of servings(context)) places.add(parseId(workload).namespace);
  if (context.object.kind === 'Namespace') places.add(context.object.metadata.name);
  return (object) => {
    const { kind, metadata } = object;
    if (quiet.has(kind) || !places.has(metadata.namespace)) return false;
    const isPlain = quietUnlessNamed.has(kind) && metadata.deletionTimestamp === undefined;
    return !isPlain || named.has(idOf(object)) || [...texts].some((text) => text.endsWith(`/${metadata.name}`));
  };
}

/** A binding whose policy is not known to refuse refuses nothing. */
function known(object: KubernetesObject, blockers: readonly Blocker[]): KubernetesObject {
  if (object.kind !== 'ValidatingAdmissionPolicyBinding' || groupOf(object.apiVersion) !== 'admissionregistration.k8s.io')
    return object;
  const policy = fieldAt(object.spec, 'policyName');
  const isSure = blockers.some(
    (each) => each.stuck && each.object?.kind === 'ValidatingAdmissionPolicy' && each.object.name === policy,
  );
  return isSure ? object : { ...object, spec: { ...mapOf(object.spec), validationActions: ['Audit'] } };
}

/** A controller that is brought back removes its finalizers. One that runs, and has not for minutes, does not. */
function serveFinalizers(simulated: SimulatedCluster, context: WhyContext): void {
  const served = new Set<string>();
  for (const { object, finalizer, workload } of servings(context)) {
    const { apiVersion, kind } = object;
    const once = `${apiVersion} ${kind} ${finalizer} ${workload}`;
    if (served.has(once) || !couldServe(workload, object, context)) continue;
    served.add(once);
    const { kind: of, namespace = '', name } = parseId(workload);
    servesFinalizer(simulated.environment, {
      ...{ apiVersion, kind, finalizer, right: '' },
      workload: { kind: of, namespace, name },
    });
  }
}

type Serves = { object: KubernetesObject; finalizer: string; workload: ObjectId };

function servings({ objects, serving }: WhyContext): Serves[] {
  return objects.flatMap((object) =>
    (object.metadata.finalizers ?? []).flatMap((finalizer) => {
      const servers = serving.serversOfFinalizer(finalizer, object);
      return servers === 'kubernetes' ? [] : servers.map(({ workload }) => ({ object, finalizer, workload }));
    }),
  );
}

function couldServe(workload: ObjectId, object: KubernetesObject, context: WhyContext): boolean {
  const server = context.world.byId(workload);
  if (!server || mayUpdate(server, object, context) === false) return false;
  return !isSlow(deletingSince(object), context) || controllerState(workload, context).trouble !== undefined;
}
