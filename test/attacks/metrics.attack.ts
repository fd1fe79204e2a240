/**
 * The operator's metrics: nobody outside of its Pod reads them by default, and with a Service only accounts that may.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt, textOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { accountOf, bound } from '../../tools/lab/access.ts';
import { until } from '../../tools/lab/observe.ts';
import { operatorNamespace, put, type TestBed, useTestBed } from '../e2e/support.ts';

const image = 'registry.bookend.dev/bookend:0.1.0';

describe('The metrics', () => {
  const bed = useTestBed('metrics', { bookend: [] });

  test('are not to be read from outside of the Pod by default', async () => {
    const { stdout } = await bed.lab.run('kubectl', ['get', 'pods', '-n', operatorNamespace, '-o', 'json']);
    const { items } = JSON.parse(stdout) as { items: KubernetesObject[] };
    const pod = items.find(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'bookend');
    const address = textOf(fieldAt(pod, 'status', 'podIP'));
    assert.match(await told(bed, 'e2e-default', `http://${address}:8080/metrics`, 'default'), /ECONNREFUSED/);
  });
});

describe('The metrics on a Service', () => {
  const bed = useTestBed('metrics-service', { bookend: ['metrics.service.enabled=true'] });

  test('are for accounts only that may get /metrics', async () => {
    const { namespace } = bed;
    await put(
      bed,
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'prometheus', namespace } },
      bound(
        'ClusterRoleBinding',
        { name: 'e2e-prometheus' },
        'ClusterRole',
        'bookend-metrics-reader',
        accountOf('prometheus', namespace),
      ),
    );
    const url = `https://bookend-metrics.${operatorNamespace}.svc:8080/metrics`;
    assert.match(await told(bed, 'e2e-anybody', url, 'default', false), /^401 /);
    assert.match(await told(bed, 'e2e-wrong', url, 'default'), /^403 /);
    assert.match(await told(bed, 'e2e-right', url, 'prometheus'), /^200 .*bookend_leader/s);
  });
});

/** What a Pod with this account is answered: status and body, or the error. */
async function told(
  { lab, cluster, namespace }: TestBed,
  name: string,
  url: string,
  account: string,
  shows = true,
): Promise<string> {
  const token = shows ? "fs.readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8')" : 'undefined';
  const program = `process.removeAllListeners('warning');
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const token = ${token};
    fetch('${url}', { headers: token ? { authorization: 'Bearer ' + token } : {} })
      .then(async (answer) => console.log(answer.status, await answer.text()))
      .catch((error) => console.log(error.cause?.code ?? error.message))`;
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      serviceAccountName: account,
      restartPolicy: 'Never',
      containers: [{ name: 'main', image, command: ['/usr/bin/node', '-e', program] }],
    },
  });
  await until(`Pod ${name} to end`, async () => {
    const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    return ['Succeeded', 'Failed'].includes(String(fieldAt(pod, 'status', 'phase')));
  });
  return (await lab.run('kubectl', ['logs', '-n', namespace, name])).stdout;
}
