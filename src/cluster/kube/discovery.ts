/**
 * Which kinds the API server serves, asked for once and remembered.
 *
 * Aggregated discovery (two requests, KEP-3352, served since Kubernetes 1.26) where the server knows it, one request a
 * group version where it does not. Refreshing costs little: the server answers 304 to the ETag that was seen.
 */
import { BookendError, isCode } from '../../errors.ts';
import { groupOf } from '../../objects/identity.ts';
import type { KindInfo } from '../port.ts';
import { type GroupVersion, groupVersionsOf, kindsOfResourceList } from './discovery-formats.ts';
import type { Http, HttpAnswer } from './http.ts';

const aggregated = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/** An unknown kind is looked up afresh at most this often (ms). */
const freshFor = 1_000;

type Snapshot = {
  kinds: Map<string, KindInfo>;
  /** In the server's order of preference within each group. */
  groupVersions: GroupVersion[];
  missing: Set<string>;
  /** When it was asked for. */
  at: number;
};

export class Discovery {
  readonly #http: Http;
  readonly #seen = new Map<string, { etag: string; groupVersions: GroupVersion[] }>();
  #snapshot: Snapshot | undefined;
  #loading: Promise<Snapshot> | undefined;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * @returns undefined when the server serves no such kind.
   * @throws `unreachable` when the kind's group is served by an aggregated API server that does not answer: then nobody
   * knows.
   */
  async kind(apiVersion: string, kind: string): Promise<KindInfo | undefined> {
    const key = `${apiVersion} ${kind}`;
    const known = this.#snapshot?.kinds.get(key);
    if (known) return known;
    const snapshot = await this.#noOlderThan(freshFor);
    const found = snapshot.kinds.get(key);
    if (!found && snapshot.missing.has(apiVersion)) throw groupIsDown(apiVersion, kind);
    return found;
  }

  /** Every listable kind at the most preferred version that has it, and the group versions that did not answer. */
  async kinds(): Promise<{ kinds: KindInfo[]; missing: string[] }> {
    const { groupVersions, missing } = await this.#noOlderThan(freshFor);
    const preferred = new Map<string, KindInfo>();
    for (const { kinds } of groupVersions) {
      for (const kind of kinds) {
        const key = `${kind.group} ${kind.kind}`;
        if (kind.verbs.includes('list') && !preferred.has(key)) preferred.set(key, kind);
      }
    }
    return { kinds: [...preferred.values()], missing: [...missing] };
  }

  /**
   * The kind's versions that are served now, in any version of its group: tells a kind that is gone from a version that
   * is.
   */
  async versionsOf(apiVersion: string, kind: string): Promise<string[]> {
    const { kinds, missing } = await this.#noOlderThan(0);
    const group = groupOf(apiVersion);
    if ([...missing].some((each) => groupOf(each) === group)) throw groupIsDown(apiVersion, kind);
    return [...kinds.values()].filter((each) => each.group === group && each.kind === kind).map((each) => each.version);
  }

  /** Asks the server again, because it said 404 to a kind that was known. */
  async refresh(): Promise<void> {
    await this.#noOlderThan(0);
  }

  async #noOlderThan(ms: number): Promise<Snapshot> {
    const { clock } = this.#http.options;
    if (this.#snapshot && clock.now() - this.#snapshot.at < ms) return this.#snapshot;
    // Whoever needs it at the same time shares the one answer.
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<Snapshot> {
    const at = this.#http.options.clock.now();
    const parts = await Promise.all([this.#fetch('/api'), this.#fetch('/apis')]);
    const groupVersions = parts.flat();
    const kinds = new Map<string, KindInfo>();
    for (const each of groupVersions) {
      for (const kind of each.kinds) {
        const key = `${kind.apiVersion} ${kind.kind}`;
        if (!kinds.has(key)) kinds.set(key, kind);
      }
    }
    const missing = new Set(groupVersions.filter(({ answers }) => !answers).map(({ apiVersion }) => apiVersion));
    this.#snapshot = { kinds, groupVersions, missing, at };
    return this.#snapshot;
  }

  async #fetch(path: '/api' | '/apis'): Promise<GroupVersion[]> {
    const seen = this.#seen.get(path);
    const answer = await this.#get(path, seen?.etag).catch((error: unknown) => {
      throw isCode(error, 'not-found') ? noApiServer(path, error) : error;
    });
    if (answer.status === 304 && seen) return seen.groupVersions;
    const groupVersions = groupVersionsOf(answer.body);
    if (!groupVersions) return legacyGroupVersions(answer.body, async (below) => this.#get(below));
    const { etag } = answer.headers;
    if (typeof etag === 'string') this.#seen.set(path, { etag, groupVersions });
    return groupVersions;
  }

  #get(path: string, etag?: string): Promise<HttpAnswer> {
    return this.#http.send({
      attempt: { verb: 'get', target: `the API server's list of kinds (${path})` },
      resource: 'discovery',
      method: 'GET',
      path,
      accept: aggregated,
      ...(etag && { headers: { 'if-none-match': etag } }),
      repeat: 'always',
    });
  }
}

/** Every API server serves these paths: something else answers at the address, or a proxy in between. */
function noApiServer(path: string, cause: unknown): BookendError {
  return new BookendError('unreachable', `what answers is not a Kubernetes API server: ${path} does not exist (404)`, {
    advice: 'Check server and proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY.',
    cause,
  });
}

function groupIsDown(apiVersion: string, kind: string): BookendError {
  return new BookendError('unreachable', `Nobody knows of ${kind}: what serves ${apiVersion} does not answer`, {
    advice: `See: kubectl get apiservices. Repair the service behind ${apiVersion}, or delete its APIService.`,
  });
}

/**
 * Discovery as it was before aggregation, for older servers and for proxies that change headers: one request for each
 * group version.
 *
 * @param body What `/api` (`APIVersions`) or `/apis` (`APIGroupList`) answered.
 * @param get Reads another path.
 */
async function legacyGroupVersions(body: unknown, get: (path: string) => Promise<HttpAnswer>): Promise<GroupVersion[]> {
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
