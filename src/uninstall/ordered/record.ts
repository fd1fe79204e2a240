/**
 * Where one uninstall leaves its traces while it runs: a Lease, so that nobody else does the same at the same time, and
 * its progress, so that the same command continues after anything.
 */
import { createHash } from 'node:crypto';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef, OwnerReference } from '../../objects/object.ts';

export type UninstallRecord = {
  /** For messages: `release agent in namespace shop`. */
  of: string;
  namespace: string;
  /** Of the Lease and of the object that holds the progress. */
  name: string;
  /** What holds the progress. */
  kind: 'Secret' | 'ConfigMap';
  /** With it both go, and what was written for another one of its name counts as nothing. */
  owner?: ObjectRef;
  /** Of files: what they name, so that others that name some of it find this one. */
  objects?: readonly ObjectId[];
};

/**
 * Beside the release: in a Secret where Helm keeps the release in Secrets, so that nobody can write it who could not
 * write the release.
 */
export function recordOfRelease(release: { name: string; namespace: string; storedIn: ObjectRef }): UninstallRecord {
  const { name, namespace, storedIn } = release;
  const kind = storedIn.kind === 'ConfigMap' ? 'ConfigMap' : 'Secret';
  const of = `release ${name} in namespace ${namespace}`;
  return { of, namespace, name: `bookend.uninstall.${name}`, kind, owner: storedIn };
}

/** Of the names of records of files: a label alone, which anybody may write on anything, is none of ours. */
export const prefixOfFiles = 'bookend.uninstall-files.';

/**
 * The same objects have the same record, whatever the files are called and however they are divided. Nothing owns it:
 * no object of the files outlives all others.
 */
export function recordOfFiles(objects: readonly KubernetesObject[], namespace: string): UninstallRecord {
  const identities = objects.map(idOf).sort();
  const digest = createHash('sha256').update(identities.join('\n')).digest('hex').slice(0, 16);
  return {
    ...{ of: 'these objects', namespace, name: `${prefixOfFiles}${digest}`, kind: 'Secret' },
    objects: identities,
  };
}

/** In another namespace: in its own it would go before the end. */
export function recordOfNamespace({ metadata }: KubernetesObject, keptIn: string): UninstallRecord {
  const { name, uid = '' } = metadata;
  const owner = { apiVersion: 'v1', kind: 'Namespace', name, uid };
  return { of: `namespace ${name}`, namespace: keptIn, name: `bookend.uninstall-namespace.${name}`, kind: 'Secret', owner };
}

export function leaseOf({ name, namespace }: UninstallRecord): ObjectRef {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name };
}

/** The object that holds the progress. */
export function progressRef({ kind, namespace, name }: UninstallRecord): ObjectRef {
  return { apiVersion: 'v1', kind, namespace, name };
}

/** For the Lease and the progress. */
export function ownerOf({ owner }: UninstallRecord): OwnerReference | undefined {
  if (!owner) return undefined;
  const { apiVersion, kind, name, uid = '' } = owner;
  return { apiVersion, kind, name, uid };
}
