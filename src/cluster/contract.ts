/**
 * The Cluster port's behaviour as a test suite: what `port.ts` promises in words is checked here against a real API
 * server and, unchanged, against the simulated one, so that what is proven on the simulation holds on the real thing.
 *
 * Every test gets a namespace of its own and touches nothing outside of it but cluster-scoped objects whose names begin
 * with that namespace's name; that is why the tests may run side by side on a cluster that others use too.
 */
import { describe } from 'node:test';
import { applying } from './contract/applying.ts';
import { collectingGarbage } from './contract/collecting-garbage.ts';
import { deleting } from './contract/deleting.ts';
import { discovering } from './contract/discovering.ts';
import { dryRunning } from './contract/dry-running.ts';
import { endingNamespaces } from './contract/ending-namespaces.ts';
import { failing } from './contract/failing.ts';
import { finalizing } from './contract/finalizing.ts';
import { impersonating } from './contract/impersonating.ts';
import { patching } from './contract/patching.ts';
import { reading } from './contract/reading.ts';
import type { MakeSubject } from './contract/subject.ts';
import { watching } from './contract/watching.ts';

export type { Feature, MakeSubject, Subject } from './contract/subject.ts';

/**
 * Declares the whole suite. Call it at the top level of a test file.
 *
 * @param concurrency How many tests run at the same time; real clusters spend most of a test waiting.
 */
export function describeCluster(
  name: string,
  makeSubject: MakeSubject,
  { concurrency = 8 }: { concurrency?: number } = {},
): void {
  const chapters = {
    discovery: discovering,
    'get and list': reading,
    'create and server-side apply': applying,
    patch: patching,
    delete: deleting,
    finalizers: finalizing,
    'the garbage collector': collectingGarbage,
    'namespace termination': endingNamespaces,
    watch: watching,
    impersonation: impersonating,
    'dry run': dryRunning,
    errors: failing,
  };
  describe(`${name} behaves like a Kubernetes cluster`, { concurrency: true }, () => {
    for (const [chapter, declare] of Object.entries(chapters)) {
      describe(chapter, { concurrency }, () => declare(makeSubject));
    }
  });
}
