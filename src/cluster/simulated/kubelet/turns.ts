/** In which order the containers of a Pod are told to end (`kuberuntime_termination_order.go`). */
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { mapsOf } from '../json.ts';

/**
 * Names of the containers that get SIGTERM together: all main ones, then each native sidecar alone, in the reverse
 * order of their start.
 */
export function turnsOf(pod: Stored): string[][] {
  const main = mapsOf(fieldAt(pod.spec, 'containers')).map(({ name }) => String(name));
  return [
    main,
    ...sidecarsOf(pod)
      .reverse()
      .map((name) => [name]),
  ];
}

export function hasSidecars(pod: Stored): boolean {
  return sidecarsOf(pod).length > 0;
}

/** Init containers that go on running: `restartPolicy: Always`. */
function sidecarsOf(pod: Stored): string[] {
  return mapsOf(fieldAt(pod.spec, 'initContainers'))
    .filter(({ restartPolicy }) => restartPolicy === 'Always')
    .map(({ name }) => String(name));
}
