/** The releases that are to go, as Helm stores them, with what surrounds them; in the order in which they go. */
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { type FluxRelease, fluxNote, fluxOf, fluxReleases } from '../../reading/flux-releases.ts';
import { subjectOf } from '../../reading/manifests.ts';
import { notesOf } from '../../reading/release.ts';
import { readRecordOf } from '../../reading/release-history.ts';
import { scopesOf, surroundingsOf } from '../../reading/surroundings.ts';
import { recordOfRelease } from '../../uninstall/ordered/record.ts';
import { inReleaseOrder, type ReleaseNeed } from '../../uninstall/ordered/release-order.ts';
import { readLiving } from '../../uninstall/ordered/selection.ts';
import { refIn } from '../../uninstall/tool.ts';
import type { Invocation } from '../invocation.ts';
import { progressOn, readingOn } from '../reading/progress.ts';
import type { UninstallRequest } from './request.ts';
import type { ToUninstall } from './to-uninstall.ts';

/** @throws BookendError as `readRelease` does; `unsupported` for releases in a SQL database */
export async function readReleases(
  cluster: Cluster,
  namespace: string,
  { releases, ignoreNotFound, format }: UninstallRequest,
  invocation: Invocation,
): Promise<ToUninstall[]> {
  refuseOtherDrivers(invocation);
  const progress = progressOn(invocation, format);
  try {
    progress.at('Reading the releases …');
    const scope = await scopesOf(cluster);
    const flux = await fluxReleases(cluster);
    const found: ToUninstall[] = [];
    for (const name of releases) {
      const release = await readRecordOf(cluster, { name, namespace }).catch(absentIf(ignoreNotFound));
      if (release === undefined) continue;
      const { subject, notes } = subjectOf(release.documents, { from: 'release', name, namespace, scope });
      const given = [...subject.objects, ...subject.hooks, ...subject.crds].map(({ object }) => object);
      const living = await livingOf(cluster, given);
      const look = { given, namespace, release: name, ...(living && { living: [...living.values()] }) };
      const surroundings = await surroundingsOf(cluster, look, readingOn(progress));
      const byFlux = fluxOf(flux, name, namespace);
      const all = [...notesOf(release), ...notes, ...(byFlux ? [fluxNote(byFlux)] : [])];
      const whole = { ...subject, surroundings };
      found.push({
        release,
        subject: whole,
        asRead: { subject: whole, ...(living && { living }) },
        notes: all,
        record: recordOfRelease(release),
      });
    }
    const order = inReleaseOrder(
      found.map(({ subject }) => subject),
      declaredBy(flux, found),
    );
    return order.flatMap((subject) => found.find((each) => each.subject === subject) ?? []);
  } finally {
    progress.end();
  }
}

/** Undefined where one cannot be read: then each of those who need it says what that means. */
async function livingOf(
  cluster: Cluster,
  given: readonly KubernetesObject[],
): Promise<ReadonlyMap<ObjectId, KubernetesObject> | undefined> {
  let areAllRead = true;
  const living = await readLiving(cluster, given.map(refIn), () => {
    areAllRead = false;
  });
  return areAllRead ? living : undefined;
}

/** Flux' `dependsOn`, between releases that go in the same call. */
function declaredBy(flux: readonly FluxRelease[], found: readonly ToUninstall[]): ReleaseNeed[] {
  const byFlux = found.flatMap(({ subject }) => {
    const own = fluxOf(flux, subject.name, subject.namespace);
    return own ? [{ subject, own }] : [];
  });
  return byFlux.flatMap(({ subject: from, own }) =>
    own.dependsOn.flatMap(({ name, namespace }) => {
      const to = byFlux.find(({ own: { helmRelease } }) => helmRelease.name === name && helmRelease.namespace === namespace);
      return to && to.subject !== from
        ? [{ from, to: to.subject, says: `HelmRelease ${own.helmRelease.name} depends on HelmRelease ${name}` }]
        : [];
    }),
  );
}

/** What the other releases of the same call name: it is nobody else's. */
export function alsoGoing(all: readonly ToUninstall[], one: ToUninstall): Set<ObjectId> {
  const others = all.filter((each) => each !== one);
  return new Set(others.flatMap(({ subject }) => subject.objects.map(({ object }) => idOf(object))));
}

function absentIf(allowed: boolean): (error: unknown) => undefined {
  return (error) => {
    if (!allowed || !isCode(error, 'not-found')) throw error;
    return undefined;
  };
}

/** `HELM_DRIVER`: what Helm would be told too. */
function refuseOtherDrivers({ environment }: Invocation): void {
  const driver = environment.HELM_DRIVER ?? '';
  if (driver !== 'sql' && driver !== 'memory') return;
  const where = driver === 'sql' ? 'a SQL database' : 'memory';
  throw new BookendError(
    'unsupported',
    `HELM_DRIVER is ${driver}: Helm keeps its releases in ${where}, where Bookend cannot read them`,
    {
      field: 'HELM_DRIVER',
      advice: 'Save the manifests with helm get manifest, and run bookend delete on the kinds in them; then run helm uninstall.',
    },
  );
}
