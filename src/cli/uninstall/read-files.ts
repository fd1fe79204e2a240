/** Manifests that are to go: exactly the objects that they name, with what surrounds those in the cluster. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import { groupOf, idOf, idOfRef, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import type { Given, Subject } from '../../reading/subject.ts';
import { scopesOf, surroundingsOf } from '../../reading/surroundings.ts';
import { hasBegun } from '../../uninstall/ordered/kept-progress.ts';
import { recordOfFiles } from '../../uninstall/ordered/record.ts';
import { refuseNeeded } from '../../uninstall/ordered/refusals.ts';
import { namesOf, readLiving } from '../../uninstall/ordered/selection.ts';
import { refIn } from '../../uninstall/tool.ts';
import type { Invocation } from '../invocation.ts';
import { progressOn, readingOn } from '../reading/progress.ts';
import { readOffline } from '../reading/read-subject.ts';
import type { UninstallRequest } from './request.ts';
import type { ToUninstall } from './to-uninstall.ts';

/**
 * @param namespace for objects that name none; the order is kept there
 * @returns undefined with `--ignore-not-found` when none of the objects exists
 * @throws BookendError `bad-input`, naming file and line; `not-found` when none of the objects exists; `blocked` for a
 * namespace that others need
 */
export async function readFiles(
  cluster: Cluster,
  namespace: string,
  { files, recursive, ignoreNotFound, format }: UninstallRequest,
  invocation: Invocation,
): Promise<ToUninstall | undefined> {
  refuseKustomizations(files);
  const progress = progressOn(invocation, format);
  try {
    progress.at('Reading the files …');
    const scope = await scopesOf(cluster);
    const {
      subject: read,
      notes,
      unnamed,
    } = await readOffline({ from: 'files', files: [...files], recursive }, { namespace }, invocation, scope);
    // kubectl ignores Helm's annotations: who applied these files created all of the objects.
    const given = [...read.crds, ...read.objects, ...read.hooks];
    refuseUnnamed(unnamed);
    const objects = given.map(({ object }) => object);
    for (const { metadata } of objects.filter(isNamespace)) await refuseNeeded(cluster, metadata.name);
    const record = recordOfFiles(objects, placeFor(objects, namespace));
    const refused = new Set<ObjectId>();
    const living = await readLiving(cluster, objects.map(refIn), (ref, error) => {
      // Whether it may be read is for the check of all permissions to say.
      if (error.code !== 'forbidden') throw error;
      refused.add(idOfRef(ref));
    });
    const absent = objects.map(idOf).filter((id) => !living.has(id) && !refused.has(id));
    if (living.size + refused.size === 0 && !(await hasBegun(cluster, record))) {
      if (ignoreNotFound) return undefined;
      throw noneOf(objects, read.name);
    }
    const surroundings = await surroundingsOf(
      cluster,
      { given: objects, namespace, ...(refused.size === 0 && { living: [...living.values()] }) },
      readingOn(progress),
    );
    const subject: Subject = { ...read, objects: given, hooks: [], crds: [], surroundings };
    return {
      subject,
      asRead: { subject, ...(refused.size === 0 && { living }) },
      notes,
      record,
      absent,
      madeAgain: 'goes-at-start',
    };
  } finally {
    progress.end();
  }
}

/** The files of a kustomization name other objects than it builds out of them: prefixes, namespaces, suffixes. */
function refuseKustomizations(files: readonly string[]): void {
  const found = files.find(
    (file) =>
      file !== '-' &&
      existsSync(file) &&
      statSync(file).isDirectory() &&
      ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].some((name) => existsSync(join(file, name))),
  );
  if (found === undefined) return;
  throw new BookendError('bad-input', `${found} is a kustomization: its files may name other objects than it builds`, {
    field: '-f',
    advice: `Build it:\n${shellCommand('kubectl', 'kustomize', found)} | bookend uninstall -f -\nNothing was done.`,
  });
}

/** `generateName`: nobody can tell which object came of it. */
function refuseUnnamed([found]: readonly Given[]): void {
  if (!found) return;
  const { object, origin } = found;
  const at = origin?.file === undefined ? '' : `${origin.file}:${origin.line}: `;
  throw new BookendError('bad-input', `${at}a ${object.kind} without metadata.name: which object was made of it is not known`, {
    field: 'metadata.name',
    advice: 'Write the name that the object has in the cluster. Nothing was done.',
  });
}

/** What is kept in a namespace that goes would go before the end. */
function placeFor(objects: readonly KubernetesObject[], namespace: string): string {
  return objects.some((object) => isNamespace(object) && object.metadata.name === namespace) ? 'default' : namespace;
}

function isNamespace({ apiVersion, kind }: KubernetesObject): boolean {
  return kind === 'Namespace' && groupOf(apiVersion) === '';
}

function noneOf(objects: readonly KubernetesObject[], name: string): BookendError {
  const what = objects.length === 1 ? 'the object' : `any of the ${objects.length} objects`;
  return new BookendError('not-found', `the cluster does not have ${what} in ${name}: ${namesOf(objects.map(idOf), 3)}`, {
    object: name,
    advice: 'Check the context and -n, or pass --ignore-not-found. Nothing was done.',
  });
}
