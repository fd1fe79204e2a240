/**
 * Environment variables are read from ConfigMaps and Secrets each time a container starts, also when it restarts during
 * the teardown; a missing one leaves the container in CreateContainerConfigError, and its preStop hook never runs.
 */
import { fieldAt, listOf } from '../../objects/fields.ts';
import type { Edge, EdgeRule, Workload } from '../edge.ts';
import { named } from './named.ts';

export const environment: EdgeRule = {
  name: 'environment',
  why: 'Without the sources of its environment a container cannot restart.',
  find: ({ workloads }) => workloads.flatMap((workload) => containerFields.flatMap((field) => ofContainers(workload, field))),
};

const containerFields = ['initContainers', 'containers', 'ephemeralContainers'];

function ofContainers(workload: Workload, containers: string): Edge[] {
  const { id, namespace } = workload;
  const edges: Edge[] = [];
  const add = (kind: string, value: unknown, field: string) =>
    edges.push(...named({ rule: 'environment', from: id, field, value }, '', kind, namespace));
  listOf(workload.podSpec[containers]).forEach((container, index) => {
    const path = `${workload.podSpecPath}.${containers}[${index}]`;
    listOf(fieldAt(container, 'env')).forEach((variable, at) => {
      const source = fieldAt(variable, 'valueFrom');
      if (source === undefined) return;
      add('ConfigMap', fieldAt(source, 'configMapKeyRef', 'name'), `${path}.env[${at}].valueFrom.configMapKeyRef.name`);
      add('Secret', fieldAt(source, 'secretKeyRef', 'name'), `${path}.env[${at}].valueFrom.secretKeyRef.name`);
    });
    listOf(fieldAt(container, 'envFrom')).forEach((source, at) => {
      add('ConfigMap', fieldAt(source, 'configMapRef', 'name'), `${path}.envFrom[${at}].configMapRef.name`);
      add('Secret', fieldAt(source, 'secretRef', 'name'), `${path}.envFrom[${at}].secretRef.name`);
    });
  });
  return edges;
}
