import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../../objects/identity.ts';
import { readYaml } from '../../objects/yaml.ts';
import { buildGraph } from '../build.ts';
import { referencesOnly } from './reference.ts';

/** `from → to` for each edge of the rule, without the field. */
function references(yaml: string): string[] {
  const objects = readYaml(yaml, 'x').map(({ object }) => object);
  return buildGraph({ objects })
    .edges.filter(({ rule }) => rule === 'reference')
    .map(({ from, to }) => `${from} → ${to}`);
}

const one = (kind: string, group: string, name: string, more = '', namespace = 'shop') =>
  `{apiVersion: ${group === '' ? 'v1' : `${group}/v1`}, kind: ${kind}, metadata: {name: ${name}${namespace && `, namespace: ${namespace}`}}${more && `, ${more}`}}`;
const gateway = 'gateway.networking.k8s.io';

describe('references among custom resources', () => {
  const cases: [string, string[], string[]][] = [
    [
      'gatewayClassName means the class of the same group',
      [one('Gateway', gateway, 'web', 'spec: {gatewayClassName: nginx}'), one('GatewayClass', gateway, 'nginx', '', '')],
      [`Gateway.${gateway}/shop/web → GatewayClass.${gateway}/nginx`],
    ],
    [
      'parentRefs mean Gateways, backendRefs Services, each in its own namespace',
      [
        one(
          'HTTPRoute',
          gateway,
          'r',
          'spec: {parentRefs: [{name: web, namespace: infra}], rules: [{backendRefs: [{name: front, port: 80}]}]}',
        ),
        one('Gateway', gateway, 'web', '', 'infra'),
        one('Service', '', 'front'),
        one('Service', '', 'other'),
      ],
      [`HTTPRoute.${gateway}/shop/r → Gateway.${gateway}/infra/web`, `HTTPRoute.${gateway}/shop/r → Service/shop/front`],
    ],
    [
      'issuerRef means an Issuer, unless it says another kind',
      [
        one('Certificate', 'cert-manager.io', 'a', 'spec: {issuerRef: {name: ca}}'),
        one('Certificate', 'cert-manager.io', 'b', 'spec: {issuerRef: {name: ca, kind: ClusterIssuer, group: cert-manager.io}}'),
        one('Issuer', 'cert-manager.io', 'ca'),
        one('ClusterIssuer', 'cert-manager.io', 'ca', '', ''),
      ],
      [
        'Certificate.cert-manager.io/shop/a → Issuer.cert-manager.io/shop/ca',
        'Certificate.cert-manager.io/shop/b → ClusterIssuer.cert-manager.io/ca',
      ],
    ],
    [
      'what is named in another namespace needs the grants that allow it',
      [
        one('HTTPRoute', gateway, 'r', 'spec: {rules: [{backendRefs: [{name: web, namespace: back}]}]}'),
        one('Service', '', 'web', '', 'back'),
        one(
          'ReferenceGrant',
          gateway,
          'g',
          `spec: {from: [{group: ${gateway}, kind: HTTPRoute, namespace: shop}], to: [{group: "", kind: Service}]}`,
          'back',
        ),
        one(
          'ReferenceGrant',
          gateway,
          'other',
          `spec: {from: [{group: ${gateway}, kind: HTTPRoute, namespace: shop}], to: [{group: "", kind: Service, name: api}]}`,
          'back',
        ),
      ],
      [`HTTPRoute.${gateway}/shop/r → Service/back/web`, `HTTPRoute.${gateway}/shop/r → ReferenceGrant.${gateway}/back/g`],
    ],
    [
      'a name with a key means a Secret, and so does the field secret; configMap means a ConfigMap',
      [
        one(
          'ServiceMonitor',
          'monitoring.coreos.com',
          'm',
          'spec: {endpoints: [{basicAuth: {password: {name: auth, key: p}}, tlsConfig: {ca: {configMap: {name: ca, key: c}}, cert: {secret: {name: tls, key: c}}}}], relabel: {name: ca, key: x, value: z}}',
        ),
        one('Secret', '', 'auth'),
        one('Secret', '', 'tls'),
        one('Secret', '', 'ca'),
        one('ConfigMap', '', 'ca'),
      ],
      [
        'ServiceMonitor.monitoring.coreos.com/shop/m → Secret/shop/auth',
        'ServiceMonitor.monitoring.coreos.com/shop/m → ConfigMap/shop/ca',
        'ServiceMonitor.monitoring.coreos.com/shop/m → Secret/shop/tls',
      ],
    ],
    [
      'a claim needs the snapshot that it is made of',
      [
        one(
          'PersistentVolumeClaim',
          '',
          'c',
          'spec: {dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: s}}',
        ),
        one('VolumeSnapshot', 'snapshot.storage.k8s.io', 's'),
      ],
      ['PersistentVolumeClaim/shop/c → VolumeSnapshot.snapshot.storage.k8s.io/shop/s'],
    ],
    [
      'a longer name ends in the kind, deep in the body too',
      [
        one(
          'Store',
          'x.example.com',
          's',
          'spec: {auth: {steps: [{passwordSecretRef: {name: pw, key: p}, secretTargetRef: [{name: token}]}]}}',
        ),
        one('Secret', '', 'pw'),
        one('Secret', '', 'token'),
      ],
      ['Store.x.example.com/shop/s → Secret/shop/pw', 'Store.x.example.com/shop/s → Secret/shop/token'],
    ],
    [
      'a name as mere text, and lists of names',
      [
        one('Task', 'x.example.com', 't', 'spec: {poolRefs: [a, b], configMapName: c}'),
        one('Pool', 'x.example.com', 'a'),
        one('Pool', 'x.example.com', 'b', '', ''),
        one('ConfigMap', '', 'c'),
      ],
      [
        'Task.x.example.com/shop/t → Pool.x.example.com/shop/a',
        'Task.x.example.com/shop/t → Pool.x.example.com/b',
        'Task.x.example.com/shop/t → ConfigMap/shop/c',
      ],
    ],
    [
      'a cluster-scoped object means the only one of the name, in whatever namespace',
      [
        one('ClusterIssuer', 'cert-manager.io', 'a', 'spec: {ca: {secretName: root}}', ''),
        one('ClusterIssuer', 'cert-manager.io', 'b', 'spec: {ca: {secretName: twice}}', ''),
        one('Secret', '', 'root', '', 'cert-manager'),
        one('Secret', '', 'twice', '', 'cert-manager'),
        one('Secret', '', 'twice', '', 'shop'),
      ],
      ['ClusterIssuer.cert-manager.io/a → Secret/cert-manager/root'],
    ],
    [
      'a claim names the snapshot that it is made from, and an Ingress a backend of any kind',
      [
        one(
          'PersistentVolumeClaim',
          '',
          'c',
          'spec: {dataSourceRef: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: s}, storageClassName: fast}',
        ),
        one(
          'Ingress',
          'networking.k8s.io',
          'i',
          'spec: {defaultBackend: {resource: {apiGroup: x.example.com, kind: Bucket, name: b}}}',
        ),
        one('VolumeSnapshot', 'snapshot.storage.k8s.io', 's'),
        one('Bucket', 'x.example.com', 'b'),
      ],
      [
        'PersistentVolumeClaim/shop/c → VolumeSnapshot.snapshot.storage.k8s.io/shop/s',
        'Ingress.networking.k8s.io/shop/i → Bucket.x.example.com/shop/b',
      ],
    ],
    [
      'a field that is called as a kind of the same group, or as its last words, means that kind',
      [
        one(
          'App',
          'x.example.com',
          'a',
          'spec: {project: team, gateways: [edge, infra/main, absent], storagePool: {name: fast}}',
        ),
        one('AppProject', 'x.example.com', 'team'),
        one('Gateway', 'x.example.com', 'edge'),
        one('Gateway', 'x.example.com', 'main', '', 'infra'),
        one('StoragePool', 'x.example.com', 'fast', '', ''),
      ],
      [
        'App.x.example.com/shop/a → AppProject.x.example.com/shop/team',
        'App.x.example.com/shop/a → Gateway.x.example.com/shop/edge',
        'App.x.example.com/shop/a → Gateway.x.example.com/infra/main',
        'App.x.example.com/shop/a → StoragePool.x.example.com/fast',
      ],
    ],
    [
      'dependsOn means others of the same kind',
      [one('App', 'x.example.com', 'a', 'spec: {dependsOn: [{name: b}]}'), one('App', 'x.example.com', 'b')],
      ['App.x.example.com/shop/a → App.x.example.com/shop/b'],
    ],
    [
      'kinds of other groups, other words and kinds of Kubernetes are not meant by such a field',
      [
        one('App', 'x.example.com', 'a', 'spec: {project: team, title: red, secret: red, color: {kind: Paint, name: red}}'),
        one('AppProject', 'y.example.com', 'team'),
        one('Color', 'x.example.com', 'red'),
        one('Secret', '', 'red'),
      ],
      [],
    ],
    [
      'what does not exist, what lies in another namespace and what only the status names is none',
      [
        one(
          'Task',
          'x.example.com',
          't',
          'spec: {poolRef: {name: absent}, jobRef: {name: elsewhere}}, status: {poolRef: {name: a}}',
        ),
        one('Pool', 'x.example.com', 'a'),
        one('Job', 'batch', 'elsewhere', '', 'other'),
      ],
      [],
    ],
  ];
  for (const [what, objects, expected] of cases) {
    test(what, () => assert.deepEqual(references(objects.join('\n---\n')), expected));
  }

  test('the schema of the definition says the kind where the field does not', () => {
    const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tasks.x.example.com}
spec:
  group: x.example.com
  names: {kind: Task, plural: tasks}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          properties:
            spec:
              properties:
                runsOn: {properties: {poolRef: {properties: {kind: {default: MachinePool}}}}}
                sources: {items: {properties: {fromRef: {properties: {kind: {enum: [Bucket]}}}}}}
`;
    const objects = [
      definition,
      one('Task', 'x.example.com', 't', 'spec: {runsOn: {poolRef: {name: a}}, sources: [{fromRef: {name: b}}]}'),
      one('MachinePool', 'y.example.com', 'a'),
      one('Pool', 'x.example.com', 'a'),
      one('Bucket', 'x.example.com', 'b'),
    ];
    assert.deepEqual(references(objects.join('\n---\n')), [
      'Task.x.example.com/shop/t → MachinePool.y.example.com/shop/a',
      'Task.x.example.com/shop/t → Bucket.x.example.com/shop/b',
    ]);
  });

  test('a child that names its owner does not need it: the owner goes first', () => {
    const child = `{apiVersion: x.example.com/v1, kind: Machine, metadata: {name: m, namespace: shop, ownerReferences: [{apiVersion: x.example.com/v1, kind: Cluster, name: c, uid: u1, controller: true}]}, spec: {clusterName: c}}`;
    const owner = `{apiVersion: x.example.com/v1, kind: Cluster, metadata: {name: c, namespace: shop, uid: u1}}`;
    assert.deepEqual(references([child, owner].join('\n---\n')), []);
  });

  test('are found all the same where only names are kept of the bodies', () => {
    const text = [
      one(
        'App',
        'x.example.com',
        'a',
        'spec: {project: team, text: "no name", steps: [{name: one, poolRef: {name: p}}], gateways: [edge], many: {deep: {project: team}}}',
      ),
      one('AppProject', 'x.example.com', 'team'),
      one('Gateway', 'x.example.com', 'edge'),
      one('Pool', 'x.example.com', 'p'),
    ].join('\n---\n');
    const objects = readYaml(text, 'x').map(({ object }) => referencesOnly(object));
    assert.deepEqual(objects[0]?.spec, {
      project: 'team',
      steps: [{ name: 'one', poolRef: { name: 'p' } }],
      gateways: ['edge'],
    });
    assert.deepEqual(
      buildGraph({ objects }).edges.map(({ to }) => to),
      ['AppProject.x.example.com/shop/team', 'Pool.x.example.com/shop/p', 'Gateway.x.example.com/shop/edge'],
    );
  });

  test('are the first to yield in a circle', () => {
    const objects = [
      one('Widget', 'x.example.com', 'w', 'spec: {runnerRef: {kind: Deployment, name: d}}'),
      `{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: shop, annotations: {x.example.com/widget: w}}, spec: {template: {spec: {serviceAccountName: d}}}}`,
    ];
    assert.deepEqual(references(objects.join('\n---\n')), []);
  });
});

describe('annotations of operators', () => {
  const annotated = (kind: string, group: string, annotations: string, namespace = 'shop') =>
    `{apiVersion: ${group}/v1, kind: ${kind}, metadata: {name: web${namespace && `, namespace: ${namespace}`}, annotations: {${annotations}}}}`;
  const cases: [string, string, string, string | undefined][] = [
    [
      'cluster-issuer of cert-manager',
      annotated('Ingress', 'networking.k8s.io', 'cert-manager.io/cluster-issuer: ca'),
      one('ClusterIssuer', 'cert-manager.io', 'ca', '', ''),
      'ClusterIssuer.cert-manager.io/ca',
    ],
    [
      'issuer of cert-manager',
      annotated('Ingress', 'networking.k8s.io', 'cert-manager.io/issuer: ca'),
      one('Issuer', 'cert-manager.io', 'ca'),
      'Issuer.cert-manager.io/shop/ca',
    ],
    [
      'issuer of another group',
      annotated(
        'Ingress',
        'networking.k8s.io',
        'cert-manager.io/issuer: ca, cert-manager.io/issuer-kind: AWSPCAIssuer, cert-manager.io/issuer-group: awspca.cert-manager.io',
      ),
      one('AWSPCAIssuer', 'awspca.cert-manager.io', 'ca'),
      'AWSPCAIssuer.awspca.cert-manager.io/shop/ca',
    ],
    [
      'inject-ca-from, with the namespace in its value',
      annotated(
        'ValidatingWebhookConfiguration',
        'admissionregistration.k8s.io',
        'cert-manager.io/inject-ca-from: shop/serving',
        '',
      ),
      one('Certificate', 'cert-manager.io', 'serving'),
      'Certificate.cert-manager.io/shop/serving',
    ],
    [
      'a list of plugins',
      annotated('Ingress', 'networking.k8s.io', '"konghq.com/plugins": "a, auth"'),
      one('KongPlugin', 'configuration.konghq.com', 'auth'),
      'KongPlugin.configuration.konghq.com/shop/auth',
    ],
    [
      'a middleware of traefik',
      annotated(
        'Ingress',
        'networking.k8s.io',
        'traefik.ingress.kubernetes.io/router.middlewares: shop-basic-auth@kubernetescrd',
      ),
      one('Middleware', 'traefik.io', 'basic-auth'),
      'Middleware.traefik.io/shop/basic-auth',
    ],
    [
      'the domain of somebody else',
      annotated('Ingress', 'networking.k8s.io', 'other.example.com/cluster-issuer: ca'),
      one('ClusterIssuer', 'cert-manager.io', 'ca', '', ''),
      undefined,
    ],
  ];
  for (const [what, object, target, expected] of cases) {
    test(`${what}: ${expected === undefined ? 'none' : 'what it names is needed'}`, () => {
      const found = references(`${object}\n---\n${target}`).map((edge) => edge.split(' → ')[1] as ObjectId);
      assert.deepEqual(found, expected === undefined ? [] : [expected]);
    });
  }

  test('with the names of what every JavaScript object has mean nothing', () => {
    const odd = annotated('Ingress', 'networking.k8s.io', 'constructor: a, toString: b, __proto__: c');
    assert.deepEqual(references(`${odd}\n---\n${one('Issuer', 'cert-manager.io', 'a')}`), []);
  });

  test('the cluster of a topic of Strimzi is a label, which means nothing on what Strimzi made', () => {
    const labels = '{strimzi.io/cluster: main}';
    const kafka = `{apiVersion: kafka.strimzi.io/v1, kind: Kafka, metadata: {name: main, namespace: shop}}`;
    const labelled = (apiVersion: string, kind: string) =>
      `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a, namespace: shop, labels: ${labels}}}`;
    assert.deepEqual(
      references([kafka, labelled('kafka.strimzi.io/v1', 'KafkaTopic'), labelled('v1', 'PersistentVolumeClaim')].join('\n---\n')),
      ['KafkaTopic.kafka.strimzi.io/shop/a → Kafka.kafka.strimzi.io/shop/main'],
    );
  });

  test('the queue of a Job in kueue is a label', () => {
    const job = '{apiVersion: batch/v1, kind: Job, metadata: {name: j, namespace: shop, labels: {kueue.x-k8s.io/queue-name: q}}}';
    assert.deepEqual(references(`${job}\n---\n${one('LocalQueue', 'kueue.x-k8s.io', 'q')}`), [
      'Job.batch/shop/j → LocalQueue.kueue.x-k8s.io/shop/q',
    ]);
  });
});
