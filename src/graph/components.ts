/**
 * Checks the components as a person wrote them, and says where in the document each object stands, so that every error
 * names a field.
 */
import { BookendError } from '../errors.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import type { Component } from './edge.ts';

/**
 * @throws BookendError bad-input for a name that occurs twice, a `dependsOn` of nothing or of itself, an object that
 * occurs twice.
 */
export function checkComponents(components: readonly Component[]): void {
  const names = new Map<string, number>();
  components.forEach(({ name }, index) => {
    const first = names.get(name);
    if (first !== undefined) {
      refuse(
        `the name "${name}" is used twice: spec.components[${first}] and spec.components[${index}]`,
        `spec.components[${index}].name`,
      );
    }
    names.set(name, index);
  });
  components.forEach(({ name, dependsOn }, index) => {
    dependsOn.forEach((wanted, at) => {
      const field = `spec.components[${index}].dependsOn[${at}]`;
      if (wanted === name) refuse(`component "${name}" depends on itself`, field);
      if (!names.has(wanted))
        refuse(
          `component "${name}" depends on "${wanted}", which does not exist (there are: ${[...names.keys()].join(', ')})`,
          field,
        );
    });
  });
  const places = new Map<ObjectId, string>();
  components.forEach(({ objects }, index) => {
    objects.forEach((id, at) => {
      const place = placeOf(index, at);
      const first = places.get(id);
      if (first !== undefined) refuse(`${describeId(id)} is given twice: ${first} and ${place}`, place, describeId(id));
      places.set(id, place);
    });
  });
}

/** Where each object of a component stands: `spec.components[1].objects[0]`. */
export function placesOf(components: readonly Component[]): Map<ObjectId, string> {
  return new Map(components.flatMap(({ objects }, index) => objects.map((id, at) => [id, placeOf(index, at)] as const)));
}

/** @throws BookendError bad-input: a component names an object that is not given. */
export function refuseAbsent(id: ObjectId, place: string): never {
  refuse(`${describeId(id)} is named by a component and is not among the objects`, place, describeId(id));
}

function placeOf(component: number, object: number): string {
  return `spec.components[${component}].objects[${object}]`;
}

function refuse(message: string, field: string, object?: string): never {
  throw new BookendError('bad-input', `${field}: ${message}`, { field, ...(object && { object }) });
}
