/**
 * The simulated cluster's public face.
 *
 * Not simulated: ReplicationControllers, EndpointSlices, horizontal scaling, evictions, quotas but those on the number
 * of objects, volumes themselves, node failure, resources that Pods ask for, changes by mutating webhooks and policies,
 * kinds of aggregated APIs (only whether these answer). What is simplified within a part is said at its head.
 */
export type { AuditEvent } from './api/audit.ts';
export type { Answers } from './api/gates/backends.ts';
export type { Request } from './api/requests.ts';
export { serviceAccount, type User } from './api/user.ts';
export type { WatchOptions } from './api/watches.ts';
export { makesChildren } from './behaviours/makes-children.ts';
export { servesFinalizer } from './behaviours/serves-finalizer.ts';
export { VirtualClock } from './clock.ts';
export type { Connection } from './connection.ts';
export { annotations } from './kubelet/settings.ts';
export type { Happening, LifeEvent } from './life.ts';
export type { Range } from './random.ts';
export { makeSimulatedCluster, type SimulatedCluster, type SimulationOptions } from './simulated-cluster.ts';
