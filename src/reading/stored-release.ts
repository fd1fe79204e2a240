/**
 * What Helm 3 and 4 store of a release: base64 of gzip of JSON (`pkg/storage/driver/util.go`), in a Secret once more in
 * base64. Hooks stand apart from the manifest, and the definitions of `crds/` among the files of the chart.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { BookendError } from '../errors.ts';
import { fieldAt, isMap, listOf, mapOf, textOf } from '../objects/fields.ts';
import { describeRef } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shellCommand } from '../objects/shell-quote.ts';
import { readYaml, type YamlDocument } from '../objects/yaml.ts';

export type StoredRelease = {
  name: string;
  namespace: string;
  revision: number;
  /** `deployed`, `failed`, `uninstalling`, `pending-upgrade`, … */
  status: string;
  /** Helm's own words on how it came to that. */
  description?: string;
  /** When its last uninstall began; absent where there was none. */
  deletedAt?: string;
  chart: { name: string; version: string };
  /** Hooks and the definitions of `crds/` included; the subject is made of them by `subjectOf`. */
  documents: YamlDocument[];
};

const format = 'helm.sh/release.v1';

/** So much JSON is more than any Secret can hold in packed form. */
const largest = 256 * 1024 * 1024;

/** @throws BookendError unsupported: written by another Helm. bad-input: broken, or holding what is no manifest. */
export function decodeRelease(object: KubernetesObject): StoredRelease {
  const place = placeOf(object);
  const { where } = place;
  const isSecret = object.kind === 'Secret';
  if (isSecret && object.type !== format) {
    throw new BookendError('unsupported', `${where} is of type ${String(object.type)}; Helm 3 and 4 write ${format}`, {
      object: where,
      advice: `Preview the manifests instead:\n${place.command} | bookend preview -f -`,
    });
  }
  const text = textOf(fieldAt(object, 'data', 'release'));
  if (text === undefined) throw broken(place, 'it has no data.release');
  const stored = jsonOf(isSecret ? fromBase64(text).toString('latin1') : text, place);
  const name = textOf(stored.name) ?? '';
  const revision = typeof stored.version === 'number' ? stored.version : 0;
  const file = `release ${name} revision ${revision}`;
  const description = textOf(fieldAt(stored, 'info', 'description'));
  const deletedAt = textOf(fieldAt(stored, 'info', 'deleted'));
  return {
    name,
    namespace: textOf(stored.namespace) ?? object.metadata.namespace ?? '',
    revision,
    status: textOf(fieldAt(stored, 'info', 'status')) ?? 'unknown',
    ...(description !== undefined && { description }),
    // Helm 3 writes a time of its own for "never" (`time.Time{}`).
    ...(deletedAt !== undefined && !deletedAt.startsWith('0001-') && { deletedAt }),
    chart: {
      name: textOf(fieldAt(stored, 'chart', 'metadata', 'name')) ?? '',
      version: textOf(fieldAt(stored, 'chart', 'metadata', 'version')) ?? '',
    },
    documents: [
      ...definitionsOf(stored, file),
      ...readYaml(textOf(stored.manifest) ?? '', file),
      ...listOf(stored.hooks).flatMap((hook) => hookOf(hook, file)),
    ],
  };
}

/** What Helm writes on a release when its uninstall begins or ends. */
export type ReleaseStatus = { status: 'uninstalling' | 'uninstalled'; description: string; at: Date };

/**
 * The merge patch that gives a stored release another status, as Helm's own update would (`pkg/storage/driver`).
 * Everything else stays as it is, fields of later versions of Helm included.
 */
export function statusPatch(object: KubernetesObject, { status, description, at }: ReleaseStatus): Record<string, unknown> {
  const isSecret = object.kind === 'Secret';
  const text = textOf(fieldAt(object, 'data', 'release')) ?? '';
  const stored = jsonOf(isSecret ? fromBase64(text).toString('latin1') : text, placeOf(object));
  const info = { ...mapOf(stored.info), status, description, deleted: at.toISOString() };
  const packed = gzipSync(JSON.stringify({ ...stored, info })).toString('base64');
  return {
    metadata: { labels: { status, modifiedAt: String(Math.floor(at.getTime() / 1_000)) } },
    data: { release: isSecret ? Buffer.from(packed).toString('base64') : packed },
  };
}

function jsonOf(packed: string, place: Place): Record<string, unknown> {
  let value: unknown;
  try {
    const bytes = fromBase64(packed);
    // Releases of the first versions of Helm 3 were not packed.
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
    value = JSON.parse((isPacked ? gunzipSync(bytes, { maxOutputLength: largest }) : bytes).toString('utf8'));
  } catch (error) {
    throw broken(place, error instanceof Error && !(error instanceof SyntaxError) ? error.message : 'it holds no JSON');
  }
  if (!isMap(value) || textOf(value.name) === undefined) throw broken(place, 'it holds no release');
  return value;
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

type Place = { where: string; command: string };

/** The object of a release, and Helm's command that reads it. `sh.helm.release.v1.agent.v3`: revision 3 of agent. */
function placeOf({ kind, metadata }: KubernetesObject): Place {
  const [, name = metadata.name, revision] = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(metadata.name) ?? [];
  const namespace = metadata.namespace === undefined ? [] : ['-n', metadata.namespace];
  const flags = revision === undefined ? namespace : [...namespace, '--revision', revision];
  return { where: describeRef({ kind, ...metadata }), command: shellCommand('helm', 'get', 'manifest', name, ...flags) };
}

function broken({ where, command }: Place, why: string): BookendError {
  return new BookendError('bad-input', `${where} is not a valid Helm release: ${why}`, {
    object: where,
    field: 'data.release',
    advice: `Check whether Helm can read it. If so, please report this; if not, the release is broken:\n${command}`,
  });
}

/** Each hook is stored with the template that it came from. */
function hookOf(hook: unknown, file: string): YamlDocument[] {
  const source = textOf(fieldAt(hook, 'path'));
  return readYaml(textOf(fieldAt(hook, 'manifest')) ?? '', `${file}, hook ${textOf(fieldAt(hook, 'name')) ?? '?'}`).map(
    (document) => ({
      ...document,
      ...(source !== undefined && { source }),
    }),
  );
}

/** Of the chart itself; subcharts are not stored. */
function definitionsOf(stored: Record<string, unknown>, file: string): YamlDocument[] {
  const chart = textOf(fieldAt(stored, 'chart', 'metadata', 'name')) ?? 'chart';
  return listOf(fieldAt(stored, 'chart', 'files')).flatMap((entry) => {
    const name = textOf(fieldAt(entry, 'name')) ?? '';
    const data = textOf(fieldAt(entry, 'data'));
    if (!/^crds\/.+\.(ya?ml|json)$/.test(name) || data === undefined) return [];
    const text = fromBase64(data).toString('utf8');
    return readYaml(text, `${file}, ${name}`).map((document) => ({ ...document, source: `${chart}/${name}` }));
  });
}
