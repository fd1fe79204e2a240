/**
 * What the simulated API server knows of a kind: what discovery tells, and what it does differently from kind to kind
 * where that can be said in a word.
 */
import type { KindInfo } from '../../port.ts';

/** One kind in one version, with what decides how its objects are treated. */
export type Kind = KindInfo & {
  /** `deployments.apps`, `pods`: names the storage, whatever the version, and stands in messages. */
  key: string;
  /** Status is written through a subresource and ignored elsewhere. */
  hasStatus: boolean;
  /** `metadata.generation` counts changes: `spec` of spec alone, `content` of everything but metadata and status. */
  generation: 'none' | 'spec' | 'content';
  /** Name of the CustomResourceDefinition that it comes from. */
  definition?: string;
  /** Answered and not stored: access reviews and the like. */
  virtual?: boolean;
};

/** The storage key of a resource in a group. */
export function keyOf(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** What discovery tells of a kind. */
export function infoOf(kind: Kind): KindInfo {
  const { apiVersion, group, version, kind: name, resource, namespaced, verbs, subresources, shortNames, categories } = kind;
  return {
    apiVersion,
    group,
    version,
    kind: name,
    resource,
    namespaced,
    verbs: [...verbs],
    subresources: [...subresources],
    shortNames: [...shortNames],
    categories: [...categories],
  };
}
