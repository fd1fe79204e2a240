/**
 * Finalizers that the sidecars of storage drivers set on built-in objects. They are called alike in every driver, and
 * only the image tells whose Pods they are in (kubernetes-csi `external-provisioner`, `external-attacher`).
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import type { Clue } from './candidates.ts';
import type { ServingFacts } from './serving-facts.ts';

const sidecars = [
  { finalizer: /^external-provisioner\.volume\.kubernetes\.io\//, image: /(csi|external)-provisioner/ },
  { finalizer: /^external-attacher\//, image: /(csi|external)-attacher/ },
  { finalizer: /^external-resizer\//, image: /(csi|external)-resizer/ },
];

export function sidecarClues(facts: ServingFacts, finalizer: string): Clue[] {
  const sidecar = sidecars.find((each) => each.finalizer.test(finalizer));
  if (!sidecar) return [];
  return facts.lasting.flatMap((workload): Clue[] =>
    listOf(workload.podSpec.containers).flatMap((container, index): Clue[] => {
      const image = textOf(fieldAt(container, 'image'));
      if (image === undefined || !sidecar.image.test(image)) return [];
      const proof = { object: workload.id, field: `${workload.podSpecPath}.containers[${index}].image`, value: image };
      return [{ workload, kind: 'manager', evidence: [facts.evidence(proof, 'is the sidecar that sets such finalizers')] }];
    }),
  );
}
