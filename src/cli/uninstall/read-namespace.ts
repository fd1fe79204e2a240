/** A namespace that is to go with all that is in it: what that is, and what must be named before it may go. */
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { hooksOf, runsAtUninstall } from '../../knowledge/hooks.ts';
import { withoutDirectives } from '../../objects/directives.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeId, groupOf, idOf, makeId, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { shellCommand, shellWord } from '../../objects/shell-quote.ts';
import { subjectOf } from '../../reading/manifests.ts';
import { subjectOfNamespace } from '../../reading/namespace.ts';
import { type Release, readRecord } from '../../reading/release.ts';
import type { Subject } from '../../reading/subject.ts';
import { scopesOf } from '../../reading/surroundings.ts';
import { hasBegun } from '../../uninstall/ordered/kept-progress.ts';
import { contentOf, namespaceNow, withContent } from '../../uninstall/ordered/namespace-content.ts';
import { recordOfNamespace, type UninstallRecord } from '../../uninstall/ordered/record.ts';
import { refuseKept, refuseNeeded } from '../../uninstall/ordered/refusals.ts';
import { namesOf } from '../../uninstall/ordered/selection.ts';
import type { Invocation } from '../invocation.ts';
import { findKind } from '../kind-argument.ts';
import { progressOn, readingOn } from '../reading/progress.ts';
import { isServedFrom, outsideOf } from './outside.ts';
import type { UninstallRequest } from './request.ts';
import type { ToUninstall } from './to-uninstall.ts';

/** Where the order is kept unless `-n` says otherwise: the one namespace that is always there. */
const usualPlace = 'default';

/**
 * @returns undefined with `--ignore-not-found` when there is no such namespace
 * @throws BookendError `not-found`; `blocked` for what others need, and for what must be named
 */
export async function readNamespace(
  cluster: Cluster,
  name: string,
  keptIn: string | undefined,
  { ignoreNotFound, claims, helmReleases, also, format }: UninstallRequest,
  invocation: Invocation,
): Promise<ToUninstall | undefined> {
  if (keptIn === name)
    throw new BookendError('bad-input', `the order cannot be kept in namespace ${name}, which goes`, {
      field: '-n',
      advice: `Omit -n: the order is kept in namespace ${usualPlace}.`,
    });
  await refuseNeeded(cluster, name);
  const progress = progressOn(invocation, format);
  try {
    progress.at('Reading the namespace …');
    const first = await subjectOfNamespace(cluster, name, { onRead: readingOn(progress) }).catch((error: unknown) => {
      if (!ignoreNotFound || !isCode(error, 'not-found')) throw error;
      return undefined;
    });
    const home = first?.objects.find(({ object }) => object.kind === 'Namespace' && object.metadata.name === name)?.object;
    if (first === undefined || home === undefined) return undefined;
    const record = recordOfNamespace(home, keptIn ?? usualPlace);
    const more = (await Promise.all(also.map((each) => clusterScoped(cluster, each, record)))).flat();
    refuseServers(name, first.surroundings.objects, new Set(more.map(idOf)));
    const content = await contentOf(cluster, name, more);
    const everything = [...content, ...first.surroundings.objects.filter(({ metadata }) => metadata.namespace === name)];
    refuseKept(content);
    if (helmReleases === 'refuse') await refuseReleases(cluster, name, content);
    if (claims === 'refuse') refuseClaims(name, first);
    const subject: Subject = { ...first, objects: [{ object: home }, ...more.map((object) => ({ object }))] };
    const going = new Set([...everything, ...more].map(idOf));
    return {
      subject: withBodies(subject, content, first),
      notes: [],
      record,
      outside: outsideOf(name, first.surroundings.objects, going),
      madeAgain: 'goes',
      asRead: { subject: withContent(subject, content) },
      readSubject: () => namespaceNow(cluster, subject),
    };
  } finally {
    progress.end();
  }
}

/** What is in it, with the bodies that were read: a receipt learns from them which programs run there. */
function withBodies(subject: Subject, content: readonly KubernetesObject[], first: Subject): Subject {
  const whole = new Map(
    [...first.objects.map(({ object }) => object), ...first.surroundings.objects].map((each) => [idOf(each), each]),
  );
  const all = [...subject.objects.map(({ object }) => object), ...content.map((object) => withoutDirectives(object))];
  return { ...subject, objects: all.map((object) => ({ object: whole.get(idOf(object)) ?? object })) };
}

/** A release has more than its namespace shows: hooks, and objects elsewhere that nobody would find again. */
async function refuseReleases(cluster: Cluster, namespace: string, content: readonly KubernetesObject[]): Promise<void> {
  const records = content.filter(
    ({ kind, metadata }) =>
      (kind === 'Secret' || kind === 'ConfigMap') &&
      metadata.name.startsWith('sh.helm.release.v1.') &&
      metadata.labels?.owner === 'helm' &&
      metadata.labels.status !== 'uninstalled' &&
      metadata.labels.status !== 'superseded',
  );
  const names = [...new Set(records.flatMap(({ metadata }) => metadata.labels?.name ?? []))].sort();
  if (names.length === 0) return;
  const scope = await scopesOf(cluster);
  const described = await Promise.all(
    names.map(async (name) => {
      const release = await readRecord(cluster, name, namespace).catch(() => undefined);
      return release ? `${name}${lossOf(release, namespace, scope)}` : name;
    }),
  );
  const is = names.length === 1 ? '1 Helm release is' : `${names.length} Helm releases are`;
  throw new BookendError('blocked', `${is} installed in namespace ${namespace}: ${described.join('; ')}`, {
    object: `Namespace ${namespace}`,
    advice: `Uninstall them first, with their hooks and what they have elsewhere:\n${shellCommand('bookend', 'uninstall', ...names, '-n', namespace)}\nTo delete the namespace without that, pass --releases delete. Nothing was deleted.`,
  });
}

/** ` (its pre-delete hooks would not run; ClusterRole agent would stay)` */
function lossOf({ documents, name }: Release, namespace: string, scope: Awaited<ReturnType<typeof scopesOf>>): string {
  const { subject } = subjectOf(documents, { from: 'release', name, namespace, scope });
  const hooks = hooksOf(subject.hooks)
    .filter(runsAtUninstall)
    .map(({ object }) => idOf(object));
  const elsewhere = [...subject.objects, ...subject.crds]
    .map(({ object }) => object)
    .filter(({ kind, metadata }) => metadata.namespace !== namespace && !(kind === 'Namespace' && metadata.name === namespace));
  const losses = [
    ...(hooks.length > 0 ? [`${namesOf(hooks, 3)} would not run`] : []),
    ...(elsewhere.length > 0 ? [`${namesOf(elsewhere.map(idOf), 3)} would stay`] : []),
  ];
  return losses.length > 0 ? ` (${losses.join('; ')})` : '';
}

/**
 * An API without its backend cannot be listed, so the namespace controller knows of no namespace any more whether it is
 * empty: none could be deleted, this one neither.
 */
function refuseServers(namespace: string, surroundings: readonly KubernetesObject[], going: ReadonlySet<ObjectId>): void {
  const served = surroundings.filter((object) => isServedFrom(object, namespace) && !going.has(idOf(object)));
  if (served.length === 0) return;
  const flags = served.map(({ metadata }) => `--also ${shellWord(`apiservices/${metadata.name}`)}`).join(' ');
  const what = `${namesOf(served.map(idOf))} ${served.length === 1 ? 'is' : 'are'} served from namespace ${namespace}`;
  throw new BookendError('blocked', `${what}: without a backend, no namespace of the cluster could be deleted`, {
    object: `Namespace ${namespace}`,
    advice: `If nobody needs this API, pass ${flags}\nNothing was deleted.`,
  });
}

function refuseClaims(namespace: string, { objects, surroundings }: Subject): void {
  const all = new Map([...objects.map(({ object }) => object), ...surroundings.objects].map((object) => [idOf(object), object]));
  const claims = [...all.values()].filter(
    ({ apiVersion, kind, metadata }) =>
      kind === 'PersistentVolumeClaim' && groupOf(apiVersion) === '' && metadata.namespace === namespace,
  );
  if (claims.length === 0) return;
  const described = claims.slice(0, 5).map((claim) => {
    const name = textOf(fieldAt(claim.spec, 'volumeName'));
    const volume = name === undefined ? undefined : all.get(makeId('', 'PersistentVolume', undefined, name));
    const policy = textOf(fieldAt(volume?.spec, 'persistentVolumeReclaimPolicy'));
    return `${describeId(idOf(claim))}${fateOf(name, policy)}`;
  });
  const more = claims.length > described.length ? ` and ${claims.length - described.length} more` : '';
  const count = claims.length === 1 ? '1 claim' : `${claims.length} claims`;
  throw new BookendError(
    'blocked',
    `namespace ${namespace} has ${count}, which would go with it: ${described.join(', ')}${more}`,
    {
      object: `Namespace ${namespace}`,
      advice: 'Save the data, then pass --claims delete. Nothing was deleted.',
    },
  );
}

function fateOf(volume: string | undefined, policy: string | undefined): string {
  if (volume === undefined) return ' (without a volume)';
  if (policy === 'Retain') return ` (volume ${volume} is retained)`;
  return ` (volume ${volume} and its data ${policy === 'Delete' ? 'are deleted' : 'may be deleted'})`;
}

/**
 * `--also kind/name`
 * @returns nothing for what this same uninstall has deleted before it was interrupted
 */
async function clusterScoped(cluster: Cluster, text: string, record: UninstallRecord): Promise<KubernetesObject[]> {
  const [word = '', name, ...rest] = text.split('/');
  if (!word || !name || rest.length > 0)
    throw new BookendError('bad-input', `${text} is not kind/name`, {
      field: '--also',
      advice: 'For example: --also clusterroles/agent',
    });
  const kind = findKind(await cluster.kinds(), word, '--also');
  if (kind === undefined)
    throw new BookendError('not-found', `the cluster serves no kind "${word}"`, { field: '--also', object: text });
  if (kind.namespaced || (kind.kind === 'Namespace' && kind.group === ''))
    throw new BookendError('bad-input', `${text} is not an object without a namespace that could go along`, {
      field: '--also',
      advice: 'Delete what is in other namespaces by itself.',
    });
  const object = await cluster.get({ apiVersion: kind.apiVersion, kind: kind.kind, name });
  if (object) return [object];
  if (await hasBegun(cluster, record)) return [];
  throw new BookendError('not-found', `${kind.kind} ${name} does not exist`, { field: '--also', object: `${kind.kind} ${name}` });
}
