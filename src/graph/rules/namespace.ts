/**
 * Deleting a Namespace deletes everything in it, in an order that nobody chose; so it goes last, and stays when
 * something in it is kept.
 */
import type { EdgeRule } from '../edge.ts';

export const namespace: EdgeRule = {
  name: 'namespace',
  why: 'Deleting a Namespace deletes everything in it at once.',
  find: (world) =>
    world.ofKind('', 'Namespace').flatMap((holder) => {
      const to = world.idOf(holder);
      return world.inNamespace(holder.metadata.name).map((object) => {
        const from = world.idOf(object);
        const evidence = [{ object: from, field: 'metadata.namespace', value: holder.metadata.name }];
        return { from, to, rule: 'namespace', evidence };
      });
    }),
};
