/**
 * Serves the kinds of CustomResourceDefinitions (`apiextensions-apiserver`): accepts their names, establishes them a
 * moment later, and when one is deleted wipes its custom resources, without admission and without asking their
 * finalizers' owners to hurry, before the definition itself goes.
 */

import { cleanupFinalizer, definitionsKey, kindsOf } from '../api/custom-resources.ts';
import { keyOf } from '../api/kind.ts';
import type { Stored } from '../api/store.ts';
import type { Watches } from '../api/watches.ts';
import { withCondition } from '../conditions.ts';
import type { Fields } from '../json.ts';
import { draw, type Range } from '../random.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

/** How often the cleanup looks whether the custom resources are gone (`deleteInstances`). */
const cleanupPollMs = 5_000;

/** @param establishMs how long after its creation a definition's kinds are served. */
export function customResourceDefinitions(env: Environment, watches: Watches, establishMs: Range): void {
  const kind = builtIn(env, definitionsKey);
  const add = workQueue(env, (key) => {
    const definition = found(env, definitionsKey, key);
    if (definition === undefined) return;
    if (definition.metadata.deletionTimestamp !== undefined) cleanUp(key, definition);
    else establish(definition);
  });
  env.on(definitionsKey, ({ type, object }) => {
    if (type !== 'deleted') {
      add(queueKey(object), type === 'added' ? draw(env.random, establishMs) : undefined);
      return;
    }
    env.server.kinds.withdraw(object.metadata.name);
    for (const { key } of kindsOf(object)) watches.kindWithdrawn(key);
  });

  function establish(definition: Stored): void {
    env.server.kinds.serve(definition.metadata.name, kindsOf(definition));
    const now = env.clock.now();
    let { status } = definition;
    status = withCondition({ ...definition, status }, now, {
      type: 'NamesAccepted',
      status: 'True',
      reason: 'NoConflicts',
      message: 'no conflicts found',
    });
    status = withCondition({ ...definition, status }, now, {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    });
    const spec = definition.spec as { names: unknown; versions: { name: string; storage?: boolean }[] };
    const stored = spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
    env.server.updateStatus(kind, definition, { ...(status as Fields), acceptedNames: spec.names, storedVersions: stored });
  }

  function cleanUp(key: string, definition: Stored): void {
    if (!definition.metadata.finalizers?.includes(cleanupFinalizer)) return;
    const { names, group } = definition.spec as { names: { plural: string }; group: string };
    const resources = keyOf(names.plural, group);
    const served = env.server.kinds.byKey(resources);
    for (const resource of served ? env.server.store.all(resources) : []) {
      if (served && resource.metadata.deletionTimestamp === undefined) env.server.deleteStored(served, resource, {});
    }
    if (env.server.store.all(resources).length > 0) {
      add(key, cleanupPollMs, 'retry');
      return;
    }
    const finalizers = definition.metadata.finalizers.filter((finalizer) => finalizer !== cleanupFinalizer);
    env.server.update(kind, definition, { ...definition, metadata: { ...definition.metadata, finalizers } });
  }
}
