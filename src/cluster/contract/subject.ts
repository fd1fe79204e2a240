/**
 * What a contract test works on: one cluster, one fresh namespace, and a way to let time pass that is real sleep on a
 * real cluster and a jump of the virtual clock on a simulated one.
 */
import { test } from 'node:test';
import type { Cluster } from '../port.ts';

/** Parts of Kubernetes that a subject may lack; tests that need them are then skipped, visibly. */
export type Feature = 'custom-resources' | 'garbage-collector' | 'namespace-controller' | 'rbac' | 'validation' | 'dry-run';

export type Subject = {
  cluster: Cluster;
  /** A namespace that exists and is empty but for what Kubernetes itself puts in every namespace. */
  namespace: string;
  /** Lets time pass, by default long enough for what was written to reach every watch and controller. */
  settle(ms?: number): Promise<void>;
  /** Lets time pass until the condition holds; fails after `timeoutMs` (default 30 s of that cluster's time). */
  until(condition: () => boolean | Promise<boolean>, timeoutMs?: number): Promise<void>;
  cleanup(): Promise<void>;
  /** Absent: everything. */
  supports?: Set<Feature>;
};

export type MakeSubject = () => Promise<Subject>;

/** Declares one test of the contract, on a subject of its own. */
export type ContractTest = (sentence: string, body: (subject: Subject) => Promise<void>) => void;

export function onSubject(makeSubject: MakeSubject, needed: Feature[]): ContractTest {
  return (sentence, body) => {
    test(sentence, async (context) => {
      const subject = await makeSubject();
      try {
        const lacking = needed.filter((feature) => subject.supports && !subject.supports.has(feature));
        if (lacking.length > 0) context.skip(`not supported here: ${lacking.join(', ')}`);
        else await body(subject);
      } finally {
        await subject.cleanup();
      }
    });
  };
}
