/** The simulated cluster keeps the same contract as a real one. */
import { describeCluster } from '../contract.ts';
import { makeSimulatedCluster } from './index.ts';

let count = 0;

describeCluster('the simulated cluster', async () => {
  const simulated = makeSimulatedCluster({ seed: ++count });
  const namespace = `contract-${count}`;
  await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await simulated.settle();
  return {
    cluster: simulated.cluster,
    namespace,
    settle: (ms) => simulated.settle(ms),
    until: (condition, timeoutMs = 30_000) => simulated.until(condition, timeoutMs),
    cleanup: () => simulated.cluster.close(),
  };
});
