/**
 * A cluster whose custom resources can still be read while their conversion webhook is dead: at the version at which
 * they are stored, which needs no conversion. The `apiVersion` of such an object shows that version, and writes to it
 * use the same one.
 */
import { isCode } from '../errors.ts';
import { groupOf } from '../objects/identity.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { isConvertedByWebhook, servedVersions } from '../objects/served-versions.ts';
import { decorated } from './decorated.ts';
import type { Cluster } from './port.ts';

type Kind = { apiVersion: string; kind: string };

/** The same cluster; a read of custom resources that fails is tried at their storage version. */
export function storedReads(cluster: Cluster): Cluster {
  /** Kinds that could not be read otherwise, with the version at which they can. */
  const known = new Map<string, string>();

  async function read<T>(asked: Kind, at: (kind: Kind) => Promise<T>): Promise<T> {
    const key = `${asked.apiVersion} ${asked.kind}`;
    const stored = known.get(key);
    if (stored !== undefined) return at({ ...asked, apiVersion: stored });
    try {
      return await at(asked);
    } catch (error) {
      const other = isConversion(error, asked) ? await storedVersion(cluster, asked) : undefined;
      if (other === undefined || other === asked.apiVersion) throw error;
      const found = await at({ ...asked, apiVersion: other });
      known.set(key, other);
      return found;
    }
  }

  return decorated(cluster, {
    get: (ref, options) => read(ref, ({ apiVersion }) => cluster.get({ ...ref, apiVersion }, options)),
    list: (query) => read(query, ({ apiVersion }) => cluster.list({ ...query, apiVersion })),
  });
}

/** True for a failure that may be one of conversion. */
function isConversion(error: unknown, { apiVersion }: Kind): boolean {
  return !isBuiltInGroup(groupOf(apiVersion)) && isCode(error, 'unreachable', 'invalid');
}

/** Undefined where no webhook converts, or where the definition may not be read. */
async function storedVersion(cluster: Cluster, { apiVersion, kind }: Kind): Promise<string | undefined> {
  try {
    const info = await cluster.kind(apiVersion, kind);
    if (!info) return undefined;
    const name = `${info.resource}.${info.group}`;
    const crd = await cluster.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name });
    const [version] = crd && isConvertedByWebhook(crd) ? servedVersions(crd) : [];
    return version && `${info.group}/${version}`;
  } catch {
    return undefined;
  }
}
