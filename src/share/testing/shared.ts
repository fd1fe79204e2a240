/** Pod specs with shares, for tests: shares as users write them, in a line each. */
import { isCode } from '../../errors.ts';
import { fieldAt, isMap, listOf, mapOf } from '../../objects/fields.ts';
import { applyShares } from '../apply.ts';
import { parseShare } from '../notation.ts';
import { refusalsOf } from '../refusals.ts';
import type { ShareSettings } from '../share.ts';
import type { Fields } from '../spec.ts';

const settings: ShareSettings = { seedImage: 'seed:1', imageVolumes: { known: false, reason: 'not tried' } };
export const withImageVolumes: ShareSettings = { ...settings, imageVolumes: { known: true } };

/** Containers app and web, with what is given besides. */
export function podSpec(rest: Fields = {}, app: Fields = {}, web: Fields = {}): Fields {
  return {
    containers: [
      { name: 'app', image: 'app:1', ...app },
      { name: 'web', image: 'web:1', ...web },
    ],
    ...rest,
  };
}

export function shared(spec: Fields, ...lines: string[]): Fields {
  return sharedWith(settings, spec, ...lines);
}

export function sharedWith(known: ShareSettings, spec: Fields, ...lines: string[]): Fields {
  const shares = lines.map((line) => parseShare(line));
  return applyShares({ spec }, shares, known).spec;
}

/** Why shares are refused: `field: message` each, also of a line that is not a share. */
export function refused(spec: Fields, ...lines: string[]): string[] {
  try {
    const shares = lines.map((line) => parseShare(line));
    return refusalsOf({ spec }, shares, settings).map(({ field, message }) => `${field}: ${message}`);
  } catch (error) {
    if (isCode(error, 'bad-input')) return [error.message];
    throw error;
  }
}

/** A container or init container of a spec. */
export function container(spec: Fields, name: string): Fields {
  const all = [...listOf(spec.initContainers), ...listOf(spec.containers)];
  return mapOf(all.find((each) => fieldAt(each, 'name') === name));
}

/** Names of a list of the spec. */
export function names(spec: Fields, list: 'initContainers' | 'containers' | 'volumes'): unknown[] {
  return listOf(spec[list]).map((each) => fieldAt(each, 'name'));
}

/** The mounts of a container, as `VOLUME PATH` and what else they have. */
export function mounts(spec: Fields, name: string): string[] {
  return listOf(container(spec, name).volumeMounts).map((mount) => {
    const { name: volume, mountPath, ...rest } = isMap(mount) ? mount : {};
    const others = Object.entries(rest).map(([key, value]) => ` ${key}=${String(value)}`);
    return `${String(volume)} ${String(mountPath)}${others.join('')}`;
  });
}

/** What a copy is told behind its two paths. */
export function flags(spec: Fields, name: string): unknown[] {
  return listOf(container(spec, name).command).slice(4);
}

/** Volumes have no order; those that are new stand behind the others. */
export function sorted(spec: Fields): Fields {
  const nameOf = (volume: unknown) => String(fieldAt(volume, 'name'));
  return { ...spec, volumes: listOf(spec.volumes).toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1)) };
}
