/**
 * A cluster of which some methods do more, or something else, than those of the cluster that it stands for: to observe
 * requests, to write them down, to answer them in its place.
 */
import type { Cluster } from './port.ts';

/**
 * The same cluster with these methods instead of its own. An implementation may be a class with private fields, which
 * only its own methods can read: a copy of its fields (`{...cluster}`) would lose both.
 *
 * @example
 * const observed = decorated(cluster, {
 *   delete: (ref, options) => {
 *     log(ref);
 *     return cluster.delete(ref, options);
 *   },
 * });
 */
export function decorated<C extends Cluster>(cluster: C, methods: Partial<Cluster>): C {
  return new Proxy(cluster, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
