/**
 * Secrets that a CSI driver works with: of classes in their parameters, of volumes in `spec.csi` and, for their
 * deletion, in annotations of the provisioner. Without them a volume can be neither mounted nor deleted.
 */
import { fieldAt, textMapOf, textOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Edge } from '../edge.ts';
import { named } from './named.ts';

/**
 * `csi.storage.k8s.io/provisioner-secret-name` with `…-namespace`. Templates such as `${pvc.name}` name nothing here.
 */
export function classSecrets(object: KubernetesObject, from: ObjectId, rule: string): Edge[] {
  const parameters = textMapOf(fieldAt(object, 'parameters'));
  return Object.entries(parameters).flatMap(([key, value]) => {
    if (!/^csi\.storage\.k8s\.io\/[a-z-]+-secret-name$/.test(key)) return [];
    const namespace = parameters[key.replace(/name$/, 'namespace')];
    return named({ rule, from, field: `parameters[${key}]`, value }, '', 'Secret', namespace);
  });
}

const references = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodeStageSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
];
const deletion = 'volume.kubernetes.io/provisioner-deletion-secret';

export function volumeSecrets({ metadata, spec }: KubernetesObject, from: ObjectId, rule: string): Edge[] {
  const annotation = metadata.annotations?.[`${deletion}-name`];
  const place = `metadata.annotations[${deletion}-name]`;
  return [
    ...references.flatMap((reference) => {
      const value = fieldAt(spec, 'csi', reference, 'name');
      const namespace = textOf(fieldAt(spec, 'csi', reference, 'namespace'));
      return named({ rule, from, field: `spec.csi.${reference}.name`, value }, '', 'Secret', namespace);
    }),
    ...named({ rule, from, field: place, value: annotation }, '', 'Secret', metadata.annotations?.[`${deletion}-namespace`]),
  ];
}
