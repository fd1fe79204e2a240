import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, keepAnnotations, service, widgetCrd } from './examples.ts';

async function titles(yaml: string, rule: string, crds?: string): Promise<string[]> {
  const { findings } = await preview(chart(yaml, crds === undefined ? {} : { crds }), helm4, { beside: 'never' });
  return findings.filter((each) => each.rule === rule).map(({ severity, title }) => `${severity} ${title}`);
}

describe('Of a chart alone a note says', () => {
  test('which Secret is made for a custom resource of the release, unless the release has it', async () => {
    const certificate = `apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: serving, namespace: shop}
spec: {secretName: serving-tls}
`;
    assert.deepEqual(
      await titles(documents(certificate, deployment('web')), 'children-left'),
      ['note Secret shop/serving-tls, created for Certificate.cert-manager.io shop/serving, may stay'].map((title) =>
        title.replace('Certificate.cert-manager.io', 'Certificate'),
      ),
    );
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: serving-tls, namespace: shop}\n';
    assert.deepEqual(await titles(documents(certificate, secret), 'children-left'), []);
  });

  test('which accounts are there for Pods of others', async () => {
    const rule = '{apiGroups: [""], resources: [secrets], verbs: [create, delete]}';
    const [title = ''] = await titles(documents(account('runner', rule), deployment('web')), 'shared-with-others');
    assert.equal(title, 'note ServiceAccount shop/runner goes, also if Pods of others run as it');
    const used = documents(account('runner', rule), deployment('web', 'serviceAccountName: runner'));
    assert.deepEqual(await titles(used, 'shared-with-others'), []);
  });

  test('that a leader election leaves a Lease, where a right to everything tells nothing', async () => {
    const everything = '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}';
    const electing = deployment('web', 'serviceAccountName: web').replace(':1}', ':1, args: [--enable-leader-election]}');
    const { findings } = await preview(chart(documents(account('web', everything), electing)), helm4, { beside: 'never' });
    assert.ok(findings.some(({ rule, consequence }) => rule === 'children-left' && consequence.includes('Lease')));
  });

  test('that a program with a right to everything may be the operator of the definitions that came with it', async () => {
    const everything = '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}';
    const program = documents(account('web', everything), deployment('web', 'serviceAccountName: web'));
    assert.deepEqual(await titles(program, 'custom-resources-unserved', widgetCrd()), [
      'note Custom resources of kind Widget outlive their operator Deployment shop/web',
    ]);
  });

  test('that addresses in Ingresses stay', async () => {
    const rule = '{apiGroups: [networking.k8s.io], resources: [ingresses/status], verbs: [update]}';
    const proxy = documents(account('proxy', rule), deployment('proxy', 'serviceAccountName: proxy'));
    const [title = ''] = await titles(proxy, 'children-left');
    assert.match(title, /may write into objects of others/);
  });

  test('that definitions which a hook applies stay', async () => {
    const rule = '{apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [get, create, patch]}';
    const annotations = ', annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}';
    const job = `apiVersion: batch/v1
kind: Job
metadata: {name: definitions, namespace: shop${annotations}}
spec:
  template:
    spec:
      serviceAccountName: definitions
      restartPolicy: Never
      containers: [{name: apply, image: "registry.example.com/kubectl:1", args: [apply, -f, "https://example.com/crds.yaml"]}]
`;
    const hooks = documents(account('definitions', rule, [annotations, annotations, annotations]), job, deployment('web'));
    const [title = ''] = await titles(hooks, 'crds-stay');
    assert.equal(title, 'note CustomResourceDefinitions that Job shop/definitions creates at the installation stay');
  });
});

test('A conversion with a placeholder for the namespace is that of the Service of the release', async () => {
  const conversion = `conversion:
  strategy: Webhook
  webhook: {conversionReviewVersions: [v1], clientConfig: {service: {namespace: replaced, name: widget-webhook}}}`;
  const older = '    - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}\n';
  const crds = `${widgetCrd(keepAnnotations, conversion)}${older}`;
  const server = documents(service('widget-webhook'), deployment('widget-webhook'));
  const [title = ''] = await titles(server, 'conversion-backend-gone', crds);
  assert.match(title, /^warning CustomResourceDefinition widgets\.example\.com outlives its conversion webhook/);
});
