/**
 * Custom resources: their kinds come and go with CustomResourceDefinitions, and their schemas fill in defaults and
 * refuse what does not fit.
 *
 * Simplified: of a schema only what refuses or fills in fields is read (see `schema.ts`); CEL rules
 * (`x-kubernetes-validations`) are not evaluated; versions are converted by name only.
 */
import { fieldAt, isMap, textOf, textsOf } from '../../../objects/fields.ts';
import { compareVersions } from '../../../objects/served-versions.ts';
import type { Instant } from '../../clock.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, mapsOf, same } from '../json.ts';
import { timestamp } from '../timestamp.ts';
import { invalidField, refused } from './api-errors.ts';
import type { Schema } from './field-values.ts';
import { type Kind, keyOf } from './kind.ts';
import { conformed } from './schema.ts';
import type { Store, Stored } from './store.ts';

export const definitionsKey = 'customresourcedefinitions.apiextensions.k8s.io';
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/**
 * The kinds that a definition gives, one for each served version, in the order of discovery: newest stable version
 * first.
 */
export function kindsOf(definition: Stored): Kind[] {
  const { spec } = definition;
  const group = textOf(fieldAt(spec, 'group')) ?? '';
  const resource = textOf(fieldAt(spec, 'names', 'plural')) ?? '';
  const served = mapsOf(fieldAt(spec, 'versions')).filter((version) => version.served !== false);
  served.sort((one, other) => compareVersions(String(one.name), String(other.name)));
  return served.map((version) => {
    const hasStatus = isMap(fieldAt(version, 'subresources', 'status'));
    return {
      apiVersion: `${group}/${version.name}`,
      group,
      version: String(version.name),
      kind: textOf(fieldAt(spec, 'names', 'kind')) ?? '',
      resource,
      namespaced: fieldAt(spec, 'scope') !== 'Cluster',
      verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
      subresources: Object.keys((fieldAt(version, 'subresources') as Fields | undefined) ?? {}),
      shortNames: textsOf(fieldAt(spec, 'names', 'shortNames')),
      categories: textsOf(fieldAt(spec, 'names', 'categories')),
      key: keyOf(resource, group),
      hasStatus,
      generation: 'content',
      definition: definition.metadata.name,
    };
  });
}

/** The schema of a custom resource's kind; undefined for built-in kinds. */
export function schemaOf(store: Store, kind: Kind): Schema {
  if (kind.definition === undefined) return undefined;
  const definition = store.get(definitionsKey, undefined, kind.definition);
  const version = mapsOf(fieldAt(definition?.spec, 'versions')).find(({ name }) => name === kind.version);
  const schema = fieldAt(version, 'schema', 'openAPIV3Schema');
  return isMap(schema) ? schema : {};
}

/**
 * A custom resource with the defaults of its schema; objects of built-in kinds as they are. Throws `invalid` for what
 * does not fit, unless it is there already and stays as it is (`CRDValidationRatcheting`, since 1.33): so a finalizer
 * can be taken off what became invalid.
 */
export function customResource(store: Store, kind: Kind, object: Stored, old?: Stored): Stored {
  const schema = schemaOf(store, kind);
  if (schema === undefined) return object;
  const { metadata, apiVersion, kind: name, ...rest } = object;
  const outcome = conformed(rest, schema);
  if ('field' in outcome && old !== undefined && same(rest, contentOf(old))) return object;
  if ('field' in outcome) throw invalidField(kind, metadata.name, metadata.namespace, outcome.field, outcome.why);
  return { apiVersion, kind: name, metadata, ...(outcome.value as Fields) };
}

function contentOf({ metadata: _m, apiVersion: _a, kind: _k, ...rest }: Stored): Fields {
  return rest;
}

/** 403: nothing new of a kind whose definition is going. */
export function refuseWhileTerminating(store: Store, kind: Kind, name: string, namespace: string | undefined): void {
  if (kind.definition === undefined) return;
  if (store.get(definitionsKey, undefined, kind.definition)?.metadata.deletionTimestamp === undefined) return;
  throw refused(kind, name, namespace, 'create not allowed while custom resource definition is terminating');
}

/** What the first DELETE makes of a definition, whatever its options: it stays until its custom resources are gone. */
export function beginTermination(definition: Stored, now: Instant): Stored {
  const present = definition.metadata.finalizers ?? [];
  return {
    ...definition,
    metadata: {
      ...definition.metadata,
      finalizers: present.includes(cleanupFinalizer) ? present : [...present, cleanupFinalizer],
      deletionTimestamp: timestamp(now),
    },
    status: withCondition(definition, now, {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    }),
  };
}
