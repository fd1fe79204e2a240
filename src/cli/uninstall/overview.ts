/** What an uninstall will do, for a person who must say yes to it. Pure. */
import { hooksOf } from '../../knowledge/hooks.ts';
import { describeId, describeRef, idOf, type ObjectId, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { describePlan } from '../../plan/describe.ts';
import { asksToBeKept, namesOf } from '../../uninstall/ordered/selection.ts';
import { type Look, whoseNot } from '../../uninstall/ordered/uninstall.ts';
import { type PlanDocument, planDocument } from '../plan-document.ts';
import type { UninstallRequest } from './request.ts';
import type { ToUninstall } from './to-uninstall.ts';

/** The document of `--dry-run -o json`, for each release, for files or for a namespace. */
export type OverviewDocument = PlanDocument & {
  release?: { name: string; namespace: string; revision: number; status: string; chart: string };
  files?: string;
  namespace?: string;
  hooks: { event: string; object: string }[];
  /** Custom resources that others made. */
  foreignCustomResources: string[];
  /** What the garbage collector deletes with these, where they go. */
  ownedByForeignCustomResources?: string[];
  /** What the files name and the cluster does not have. */
  absent?: string[];
  /** What is not in the namespace, stays, and loses by its end. */
  outside?: string[];
  left: { object: string; says: string }[];
  notSeen: string[];
};

export function overviewDocument(each: ToUninstall, look: Look, request: UninstallRequest): OverviewDocument {
  const { absent, outside } = each;
  const owned = ownedByForeign(each, look, request);
  return {
    ...whatOf(each),
    hooks: runningHooks(each, request).map(({ event, object }) => ({ event, object: idOf(object) })),
    ...planDocument(look.plan),
    foreignCustomResources: look.selection.foreign.map(idOf),
    ...(owned && { ownedByForeignCustomResources: owned }),
    ...(absent && { absent: [...absent] }),
    ...(outside && { outside: [...outside] }),
    left: look.selection.kept.map(({ id, says }) => ({ object: id, says })),
    notSeen: notSeenIn(each, look),
  };
}

function whatOf({ release, subject }: ToUninstall): Pick<OverviewDocument, 'release' | 'files' | 'namespace'> {
  if (!release) return subject.from === 'namespace' ? { namespace: subject.name } : { files: subject.name };
  const { name, namespace, revision, status, chart } = release;
  return { release: { name, namespace, revision, status, chart: `${chart.name} ${chart.version}` } };
}

const mostFew = 3;

export function overviewLines(each: ToUninstall, look: Look, request: UninstallRequest): string[] {
  const { release, absent = [], outside = [] } = each;
  const { kept, foreign } = look.selection;
  const hooks = runningHooks(each, request);
  const before = hooks.filter(({ event }) => event === 'pre-delete').map(({ object }) => describeRef(refOf(object)));
  const after = hooks.filter(({ event }) => event === 'post-delete').map(({ object }) => describeRef(refOf(object)));
  const notSeen = notSeenIn(each, look);
  const owned = ownedByForeign(each, look, request);
  const deleted = look.plan.steps.filter(({ mode }) => mode === 'delete').length;
  return [
    headOf(each),
    ...(before.length > 0 ? [`  first    the pre-delete hooks: ${before.join(', ')}`] : []),
    deleted === 0
      ? `  delete   ${look.plan.steps.length === 0 ? 'nothing of it exists any more' : 'nothing: everything of it stays'}`
      : `  delete   ${deleted === 1 ? '1 object' : `${deleted} objects`}, in this order:`,
    ...describePlan(look.plan).map((line) => `    ${line}`),
    ...(after.length > 0 ? [`  then     the post-delete hooks: ${after.join(', ')}`] : []),
    ...(release
      ? [
          `  last     ${request.keepHistory ? 'the release is marked as uninstalled; its history stays' : `the history of the release: ${count(release.revisions.length, 'revision')}`}`,
        ]
      : []),
    ...(absent.length > 0 ? [`  absent   ${namesOf(absent)}`] : []),
    ...outside.map((text) => `  outside  ${text}`),
    ...kept.map(({ id, says }) => `  stays    ${describeId(id)}: ${says}`),
    ...(foreign.length > 0 ? [foreignLine(look, request, each), ...ownedLines(owned)] : []),
    ...notSeen.slice(0, mostFew).map((text) => `  not seen ${text}`),
    ...(notSeen.length > mostFew ? [`  not seen and ${notSeen.length - mostFew} more; -o json lists them`] : []),
  ];
}

function headOf({ release, subject }: ToUninstall): string {
  if (!release)
    return subject.from === 'namespace' ? `Namespace ${subject.name}, with everything in it` : `What ${subject.name} names`;
  const { name, namespace, revision, status, chart } = release;
  return `Release ${name} in namespace ${namespace}: chart ${chart.name} ${chart.version}, revision ${revision}, ${status}`;
}

function foreignLine(
  { selection: { foreign } }: Look,
  { choices }: UninstallRequest,
  { subject: { from } }: ToUninstall,
): string {
  const asking = foreign.filter(asksToBeKept).length;
  const what = `${count(foreign.length, 'custom resource')} ${whoseNot[from]}`;
  const note = asking > 0 ? `, ${asking} of them with an annotation to keep them` : '';
  return choices.customResources === 'keep'
    ? `  stays    ${what}, with everything that ${foreign.length === 1 ? 'it needs' : 'they need'}${note}`
    : `  delete   ${what}${note}`;
}

/** Deleting a custom resource deletes what it owns: others may use that. Undefined where none of them goes. */
function ownedByForeign(
  { subject }: ToUninstall,
  { selection: { foreign } }: Look,
  { choices }: UninstallRequest,
): ObjectId[] | undefined {
  if (choices.customResources !== 'delete' || foreign.length === 0) return undefined;
  const uids = new Set(foreign.map(({ metadata }) => metadata.uid));
  const isOwned = ({ metadata }: KubernetesObject) => (metadata.ownerReferences ?? []).some(({ uid }) => uids.has(uid));
  return subject.surroundings.objects.filter(isOwned).map(idOf);
}

function ownedLines(owned: readonly ObjectId[] = []): string[] {
  return owned.length === 0 ? [] : [`  with     what these own: ${namesOf(owned)}`];
}

function runningHooks({ subject }: ToUninstall, { hooks }: UninstallRequest) {
  if (!hooks) return [];
  return hooksOf(subject.hooks).flatMap(({ events, object }) =>
    (['pre-delete', 'post-delete'] as const).filter((event) => events.includes(event)).map((event) => ({ event, object })),
  );
}

function notSeenIn({ subject }: ToUninstall, { round }: Look): string[] {
  return [...new Set([...round.found.reach.notSeen, ...subject.surroundings.notSeen])];
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
