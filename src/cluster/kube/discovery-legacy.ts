/** Discovery as it was before aggregation: one request for each group version. For older servers and for proxies that change headers. */
import { isCode } from '../../errors.ts';
import { type GroupVersion, kindsOfResourceList } from './discovery-formats.ts';
import type { HttpAnswer } from './http.ts';

/**
 * @param body What `/api` (`APIVersions`) or `/apis` (`APIGroupList`) answered.
 * @param get Reads another path.
 */
export async function legacyGroupVersions(body: unknown, get: (path: string) => Promise<HttpAnswer>): Promise<GroupVersion[]> {
  const { versions, groups } = body as { versions?: string[]; groups?: Group[] };
  const core = (versions ?? []).map((version) => ({ apiVersion: version, path: `/api/${version}` }));
  const named = (groups ?? [])
    .flatMap(preferredFirst)
    .map((groupVersion) => ({ apiVersion: groupVersion, path: `/apis/${groupVersion}` }));
  return Promise.all(
    [...core, ...named].map(async ({ apiVersion, path }) => {
      try {
        return { apiVersion, kinds: kindsOfResourceList((await get(path)).body), answers: true };
      } catch (error) {
        // One dead aggregated API must not make all others unusable; it is reported as missing.
        if (isCode(error, 'unreachable', 'not-found', 'forbidden')) return { apiVersion, kinds: [], answers: false };
        throw error;
      }
    }),
  );
}

type Group = { versions: { groupVersion: string }[]; preferredVersion?: { groupVersion: string } };

function preferredFirst({ versions, preferredVersion }: Group): string[] {
  const all = versions.map(({ groupVersion }) => groupVersion);
  const first = preferredVersion?.groupVersion;
  return first ? [first, ...all.filter((each) => each !== first)] : all;
}
