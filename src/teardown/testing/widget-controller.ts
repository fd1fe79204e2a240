/**
 * An operator as people write them: sets a finalizer on each Widget, makes a DaemonSet out of it, and when the Widget
 * is deleted cleans up for a while before it removes the finalizer. It works only while a Pod of its Deployment runs,
 * with the rights of its account, as on a real cluster.
 */
import { type Connection, type SimulatedCluster, serviceAccount } from '../../cluster/simulated/index.ts';
import { isCode } from '../../errors.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { space, widgetKind, workload } from './samples.ts';

const widgetFinalizer = 'example.dev/clean-up';

/** Widgets with this label are another operator's. */
export const classLabel = 'example.dev/class';

/** How often it looks at the Widgets, and how long its clean-up takes, in ms. */
const everyMs = 100;
const cleanUpMs = 400;

/** @returns what went wrong for it, as it happens: a Widget that it could not serve for want of a right. */
export function startWidgetController(simulated: SimulatedCluster, name: string): string[] {
  const { cluster, clock } = simulated.connect(serviceAccount(space, name));
  const failures: string[] = [];
  const cleaning = new Map<string, number>();
  const look = async () => {
    if (isRunning(simulated, name)) {
      try {
        const { items } = await cluster.list({ ...widgetKind, namespace: space });
        const mine = items.filter(({ metadata }) => metadata.labels?.[classLabel] === undefined);
        for (const widget of mine) await serve({ cluster, clock } as Connection, widget, cleaning);
      } catch (error) {
        // Once the last Widget is gone its definition may go before its operator does.
        if (!isCode(error, 'not-found')) failures.push(String(error));
      }
    }
    clock.after(everyMs, look);
  };
  clock.after(everyMs, look);
  return failures;
}

function isRunning({ server }: SimulatedCluster, name: string): boolean {
  return server.store.all('pods', space).some(({ metadata, status }) => {
    const phase = (status as { phase?: string } | undefined)?.phase;
    return metadata.labels?.app === name && metadata.deletionTimestamp === undefined && phase === 'Running';
  });
}

async function serve(
  { cluster, clock }: Pick<Connection, 'cluster' | 'clock'>,
  widget: KubernetesObject,
  cleaning: Map<string, number>,
) {
  const { finalizers = [], deletionTimestamp, uid = '', name } = widget.metadata;
  const isOurs = finalizers.includes(widgetFinalizer);
  const setFinalizers = (value: string[]) =>
    cluster.patch(refOf(widget), { type: 'merge', value: { metadata: { finalizers: value } } });
  if (deletionTimestamp === undefined) {
    if (!isOurs) await setFinalizers([...finalizers, widgetFinalizer]);
    const child = workload('DaemonSet', `${name}-agent`, { account: 'agent', preStopMs: 300, needs: 'patch nodes' });
    child.metadata.ownerReferences = [{ ...widgetKind, name, uid, controller: true, blockOwnerDeletion: true }];
    if (!(await cluster.get(refOf(child)))) await cluster.create(child);
    return;
  }
  if (!isOurs) return;
  const since = cleaning.get(uid) ?? clock.now();
  cleaning.set(uid, since);
  if (clock.now() - since < cleanUpMs) return;
  await setFinalizers(finalizers.filter((each) => each !== widgetFinalizer));
}
