/** `bookend status NAME --watch`: shows one ClusterOperator until it is gone. */
import type { Cluster } from '../../cluster/port.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Invocation } from '../invocation.ts';
import { LiveView } from '../live-view.ts';
import { ProgressLines, timeOfDay } from '../progress-lines.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { teardownEntries } from './view.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** How often the durations are shown anew, in ms. */
const beatMs = 1_000;

/** @returns 0 when it is gone, 130 or 143 when a signal ended it before */
export function watchStatus(cluster: Cluster, first: KubernetesObject, invocation: Invocation): Promise<ExitCode> {
  const { clock, onSignal } = invocation;
  const { name, uid } = first.metadata;
  let operator = first;
  const show = shower(invocation);
  return new Promise((resolve) => {
    let cancelBeat = () => {};
    const beat = () => {
      show(operator);
      cancelBeat = clock.after(beatMs, beat);
    };
    const end = (code: ExitCode) => {
      cancelBeat();
      watch.close();
      forget();
      resolve(code);
    };
    const changed = (object: KubernetesObject) => {
      operator = object;
      show(operator);
    };
    const gone = () => {
      invocation.out(asLines([`ClusterOperator ${name} is gone`]));
      end(0);
    };
    const forget = onSignal((signal) => end(exitCodes[signal]));
    const watch = cluster.watch(
      { apiVersion: first.apiVersion, kind: first.kind, fieldSelector: `metadata.name=${name}` },
      {
        replace: (objects) => {
          const now = objects.find((object) => object.metadata.uid === uid);
          if (now) changed(now);
          else gone();
        },
        changed: (object) => (object.metadata.uid === uid ? changed(object) : gone()),
        removed: gone,
      },
    );
    beat();
  });
}

function shower({ clock, colour, interactive, out, size }: Invocation): (operator: KubernetesObject) => void {
  let view: LiveView | undefined;
  const lines = new ProgressLines();
  let told = '';
  return (operator) => {
    const now = clock.now();
    const { deletionTimestamp } = operator.metadata;
    if (deletionTimestamp === undefined) {
      const { phase = '', progress = '', blocker = '' } = (operator.status ?? {}) as Record<string, unknown>;
      const line = `${phase} ${progress} ${blocker}`.trim();
      if (line !== told) out(asLines([`${timeOfDay(now)} ${line}`]));
      told = line;
      return;
    }
    const entries = teardownEntries(operator, now);
    if (!interactive) {
      for (const line of lines.update(entries, now)) out(asLines([line]));
      return;
    }
    view ??= new LiveView(out, size, colour, Date.parse(deletionTimestamp));
    view.draw(entries, now);
  };
}
