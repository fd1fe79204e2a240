/** The chart as a remedy would have it: with other fields, or with the library chart bookend-hook in it. */
import { eventsOf, hookAnnotation, isDeletedOnSuccess } from '../../knowledge/hooks.ts';
import { isMap } from '../../objects/fields.ts';
import { describeId, idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Given, Subject } from '../../reading/subject.ts';
import type { ChangeStep, HookStep, RemedyStep } from '../../remedies/remedy.ts';
import { cleanUpHook } from './clean-up-hook.ts';

/** @returns why it cannot be changed so, in words */
export function changedSubject(subject: Subject, steps: readonly RemedyStep[]): Subject | string {
  let changed = subject;
  for (const step of steps) {
    if (step.do === 'hook') changed = withHook(changed, step);
    if (step.do !== 'change') continue;
    const next = withChange(changed, step);
    if (typeof next === 'string') return next;
    changed = next;
  }
  return changed;
}

function withHook(subject: Subject, { delete: targets }: HookStep): Subject {
  const added = cleanUpHook(targets, subject.namespace).map((object): Given => ({ object }));
  return { ...subject, hooks: [...subject.hooks, ...added] };
}

function withChange(subject: Subject, { object: id, set }: ChangeStep): Subject | string {
  const isIt = ({ object }: Given) => idOf(object) === id;
  if (![...subject.objects, ...subject.hooks, ...subject.crds].some(isIt)) return `${describeId(id)} is not in the chart`;
  const edit = (object: KubernetesObject) => set.reduce((now, { path, value }) => withField(now, path, value), object);
  const mapped = (givens: readonly Given[]) =>
    givens.map((given) => (isIt(given) ? { ...given, object: edit(given.object) } : given));
  const ordinary = mapped([...subject.objects, ...subject.hooks]);
  const isHook = ({ object }: Given) => object.metadata.annotations?.[hookAnnotation] !== undefined;
  const now = ordinary.find(isIt)?.object;
  const around = subject.surroundings.objects.flatMap((object) => {
    if (idOf(object) !== id) return [object];
    return now !== undefined && isGoneWhileInstalled(now) ? [] : [edit(object)];
  });
  return {
    ...subject,
    objects: ordinary.filter((given) => !isHook(given)),
    hooks: ordinary.filter(isHook),
    crds: mapped(subject.crds),
    surroundings: { ...subject.surroundings, objects: around },
  };
}

/** A hook that is there only while it runs: Helm deletes it when it has succeeded, or makes it for another event. */
function isGoneWhileInstalled(object: KubernetesObject): boolean {
  const events = eventsOf(object);
  if (events.length === 0) return false;
  const isOfInstallation = events.some((event) => /^(pre|post)-(install|upgrade)$/.test(event));
  return !isOfInstallation || isDeletedOnSuccess(object);
}

/** A copy with another value at a path. `undefined` takes the field away. */
function withField<T>(whole: T, [part, ...rest]: readonly (string | number)[], value: unknown): T {
  if (part === undefined) return value as T;
  if (typeof part === 'number') {
    const list = Array.isArray(whole) ? [...whole] : [];
    list[part] = withField(list[part], rest, value);
    return list as T;
  }
  const map: Record<string, unknown> = isMap(whole) ? { ...whole } : {};
  const inner = withField(map[part], rest, value);
  if (inner === undefined) delete map[part];
  else map[part] = inner;
  return map as T;
}
