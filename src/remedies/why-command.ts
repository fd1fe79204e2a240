/** The command that explains what holds an object, made of nothing but its identity. */
import { type ObjectId, parseId } from '../objects/identity.ts';
import { resourceName } from '../objects/kind-names.ts';
import type { CommandStep } from './remedy.ts';

/** `bookend why widget.example.com/one -n shop`: `bookend why` reads the singular with its group as kubectl does. */
export function whyCommand(id: ObjectId): CommandStep['argv'] {
  const { kind, group, namespace, name } = parseId(id);
  const place = namespace === undefined ? [] : ['-n', namespace];
  return ['bookend', 'why', `${resourceName({ resource: kind.toLowerCase(), group })}/${name}`, ...place];
}
