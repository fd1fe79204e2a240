/**
 * Annotations with which an author decides what happens to an object. They count in a ClusterOperator's spec and in a
 * chart. On a live object they prove nothing: everyone who may change its metadata can write them.
 */
import {
  adoptAnnotation,
  controllerAnnotation,
  dependsOnAnnotation,
  helmResourcePolicyAnnotation,
  keepAnnotation,
} from './names.ts';
import type { KubernetesObject } from './object.ts';

export const directiveAnnotations: readonly string[] = [
  adoptAnnotation,
  controllerAnnotation,
  dependsOnAnnotation,
  helmResourcePolicyAnnotation,
  keepAnnotation,
];

/** The directives on an object, by name. */
export function directivesOn({ metadata }: KubernetesObject): string[] {
  const { annotations } = metadata;
  return annotations ? directiveAnnotations.filter((name) => annotations[name] !== undefined) : [];
}

/** The object without them, or without those named; the same object where there are none. */
export function withoutDirectives(
  object: KubernetesObject,
  unwanted: readonly string[] = directiveAnnotations,
): KubernetesObject {
  const found = directivesOn(object).filter((name) => unwanted.includes(name));
  if (found.length === 0) return object;
  const annotations = Object.fromEntries(
    Object.entries(object.metadata.annotations ?? {}).filter(([name]) => !found.includes(name)),
  );
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The live object with the directives that its author wrote, in place of those that it has. */
export function withDirectivesOf(live: KubernetesObject, written: KubernetesObject): KubernetesObject {
  const names = directivesOn(written);
  const bare = withoutDirectives(live);
  if (names.length === 0) return bare;
  const annotations = { ...bare.metadata.annotations };
  for (const name of names) annotations[name] = written.metadata.annotations?.[name] ?? '';
  return { ...bare, metadata: { ...bare.metadata, annotations } };
}
