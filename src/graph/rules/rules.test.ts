import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { isCode } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { readYaml } from '../../objects/yaml.ts';
import { buildGraph } from '../build.ts';
import type { Edge } from '../edge.ts';
import { rules } from '../rules.ts';

/** The edges of one rule, as `from → to (evidence fields)`, among objects given as YAML. */
function edges(rule: string, yaml: string): string[] {
  return edgesOf(yaml)
    .filter((edge) => edge.rule === rule)
    .map(({ from, to, evidence }) => `${from} → ${to} (${evidence.map(({ field }) => field).join(', ')})`);
}

function edgesOf(yaml: string): Edge[] {
  return buildGraph({ objects: readYaml(yaml, 'test.yaml').map(({ object }) => object) }).edges;
}

const pod = (spec: string, name = 'p') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: a, labels: {app: ${name}}}
spec: ${spec}
---`;
const plain = (kind: string, name: string, rest = '', apiVersion = 'v1', namespace = 'a') => `
apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: ${name}${namespace ? `, namespace: ${namespace}` : ''}}
${rest}
---`;
const bound = (subject: string, kind = 'RoleBinding', namespace = 'a') =>
  plain(
    kind,
    'b',
    `roleRef: {kind: ClusterRole, name: r}
subjects: [${subject}]`,
    'rbac.authorization.k8s.io/v1',
    kind === 'RoleBinding' ? namespace : '',
  );

describe('what Pods need', () => {
  test('the account is named by the new field, by the old one, or is default', () => {
    const accounts = ['x', 'default'].map((name) => plain('ServiceAccount', name)).join('');
    assert.deepEqual(edges('service-account', `${accounts}${pod('{serviceAccountName: x, serviceAccount: y}')}`), [
      'Pod/a/p → ServiceAccount/a/x (spec.serviceAccountName)',
    ]);
    assert.deepEqual(edges('service-account', `${accounts}${pod('{serviceAccount: x}')}`), [
      'Pod/a/p → ServiceAccount/a/x (spec.serviceAccount)',
    ]);
    assert.deepEqual(edges('service-account', `${accounts}${pod('{}')}`), [
      'Pod/a/p → ServiceAccount/a/default (spec.serviceAccountName)',
    ]);
  });

  test('volumes of every sort name ConfigMaps, Secrets and claims', () => {
    const things = `${plain('ConfigMap', 'c')}${plain('Secret', 's')}${plain('PersistentVolumeClaim', 'v')}`;
    const volumes = `{volumes: [{configMap: {name: c}}, {secret: {secretName: s}}, {persistentVolumeClaim: {claimName: v}},
      {projected: {sources: [{serviceAccountToken: {}}, {secret: {name: s}}]}}, {csi: {driver: d, nodePublishSecretRef: {name: s}}}]}`;
    assert.deepEqual(edges('volume', things + pod(volumes)), [
      'Pod/a/p → ConfigMap/a/c (spec.volumes[0].configMap.name)',
      'Pod/a/p → Secret/a/s (spec.volumes[1].secret.secretName, spec.volumes[3].projected.sources[1].secret.name, spec.volumes[4].csi.nodePublishSecretRef.name)',
      'Pod/a/p → PersistentVolumeClaim/a/v (spec.volumes[2].persistentVolumeClaim.claimName)',
    ]);
  });

  test('a StatefulSet needs the claims that its templates made, its Service and their StorageClass', () => {
    const set = plain(
      'StatefulSet',
      'db',
      `spec:
  serviceName: db
  template: {metadata: {labels: {app: db}}, spec: {}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}]`,
      'apps/v1',
    );
    const claims = ['data-db-0', 'data-db-other-0', 'data-db-x'].map((name) => plain('PersistentVolumeClaim', name)).join('');
    const rest =
      plain('StorageClass', 'fast', '', 'storage.k8s.io/v1', '') + plain('Service', 'db', 'spec: {selector: {app: db}}');
    assert.deepEqual(edges('volume', set + claims + rest), [
      'StatefulSet.apps/a/db → PersistentVolumeClaim/a/data-db-0 (spec.volumeClaimTemplates[0].metadata.name)',
      'StatefulSet.apps/a/db → StorageClass.storage.k8s.io/fast (spec.volumeClaimTemplates[0].spec.storageClassName)',
    ]);
    assert.deepEqual(edges('service', set + rest), [
      'StatefulSet.apps/a/db → Service/a/db (spec.selector, spec.template.metadata.labels, spec.serviceName)',
    ]);
  });

  test('the environment of all containers counts, init and ephemeral ones too', () => {
    const spec = `{initContainers: [{envFrom: [{configMapRef: {name: c}}]}],
      containers: [{env: [{name: A, value: b}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}]}],
      ephemeralContainers: [{envFrom: [{secretRef: {name: s}}]}]}`;
    assert.deepEqual(edges('environment', plain('ConfigMap', 'c') + plain('Secret', 's') + pod(spec)), [
      'Pod/a/p → ConfigMap/a/c (spec.initContainers[0].envFrom[0].configMapRef.name)',
      'Pod/a/p → Secret/a/s (spec.containers[0].env[1].valueFrom.secretKeyRef.name, spec.ephemeralContainers[0].envFrom[0].secretRef.name)',
    ]);
  });

  test('pull Secrets are those of the Pod, and only without such those of its account', () => {
    const things = `${plain('Secret', 's')}${plain('Secret', 't')}${plain('ServiceAccount', 'x', 'imagePullSecrets: [{name: t}]')}`;
    assert.deepEqual(edges('image-pull-secret', things + pod('{serviceAccountName: x}')), [
      'Pod/a/p → Secret/a/t (spec.serviceAccountName, imagePullSecrets[0].name)',
    ]);
    assert.deepEqual(edges('image-pull-secret', things + pod('{serviceAccountName: x, imagePullSecrets: [{name: s}]}')), [
      'Pod/a/p → Secret/a/s (spec.imagePullSecrets[0].name)',
    ]);
  });

  test('classes are found by name', () => {
    const spec = pod('{priorityClassName: high, runtimeClassName: kata}');
    const high = plain('PriorityClass', 'high', '', 'scheduling.k8s.io/v1', '');
    const kata = plain('RuntimeClass', 'kata', '', 'node.k8s.io/v1', '');
    assert.deepEqual(edges('priority-class', spec + high + kata), [
      'Pod/a/p → PriorityClass.scheduling.k8s.io/high (spec.priorityClassName)',
    ]);
    assert.deepEqual(edges('runtime-class', spec + high + kata), [
      'Pod/a/p → RuntimeClass.node.k8s.io/kata (spec.runtimeClassName)',
    ]);
  });

  test('network policies are needed by the Pods that they select; an absent selector means all', () => {
    const policy = (name: string, spec: string) => plain('NetworkPolicy', name, `spec: ${spec}`, 'networking.k8s.io/v1');
    const found = edges(
      'network-policy',
      `${pod('{}')}${pod('{}', 'q')}${policy('all', '{}')}${policy('p', '{podSelector: {matchLabels: {app: p}}}')}`,
    );
    assert.deepEqual(
      found.map((line) => line.split(' (')[0]),
      [
        'Pod/a/p → NetworkPolicy.networking.k8s.io/a/all',
        'Pod/a/q → NetworkPolicy.networking.k8s.io/a/all',
        'Pod/a/p → NetworkPolicy.networking.k8s.io/a/p',
      ],
    );
  });
});

describe('access', () => {
  const user = pod('{serviceAccountName: x}');
  const subjects = [
    '{kind: ServiceAccount, name: x, namespace: a}',
    '{kind: ServiceAccount, name: x}',
    '{kind: User, name: "system:serviceaccount:a:x"}',
    '{kind: Group, name: "system:serviceaccounts"}',
    '{kind: Group, name: "system:serviceaccounts:a"}',
    '{kind: Group, name: "system:authenticated"}',
  ];
  for (const subject of subjects) {
    test(`a binding of ${subject} is needed by a Pod of account a/x`, () => {
      assert.deepEqual(edges('role-binding', user + bound(subject)), [
        'Pod/a/p → RoleBinding.rbac.authorization.k8s.io/a/b (spec.serviceAccountName, subjects[0].name)',
      ]);
    });
  }

  for (const subject of [
    '{kind: ServiceAccount, name: x, namespace: b}',
    '{kind: User, name: x}',
    '{kind: Group, name: "system:serviceaccounts:b"}',
  ]) {
    test(`a binding of ${subject} is not`, () => {
      assert.deepEqual(edges('role-binding', user + bound(subject)), []);
    });
  }

  test('a binding needs its role and everything that is aggregated into it', () => {
    const clusterRole = (name: string, rest: string) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}, labels: {into-${name}: "no", ${rest}
---`;
    const roles =
      clusterRole('r', '}}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {into-r: "yes"}}]}') +
      clusterRole('s', 'into-r: "yes"}}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {into-s: "yes"}}]}') +
      clusterRole('t', 'into-s: "yes"}}\nrules: []');
    const found = edges('role', roles + bound('{kind: ServiceAccount, name: x}')).map((line) => line.split(' (')[0]);
    const binding = 'RoleBinding.rbac.authorization.k8s.io/a/b';
    const expected = ['r', 's', 't'].map((name) => `${binding} → ClusterRole.rbac.authorization.k8s.io/${name}`);
    assert.deepEqual(found, expected);
    assert.equal(edges('role-aggregation', roles).length, 2);
  });
});

describe('what calls a Service', () => {
  const backend = `${plain('Service', 'hook', 'spec: {selector: {app: p}}')}${pod('{}')}`;
  const both = (from: string, field: string) => [
    `${from} → Service/a/hook (${field})`,
    `${from} → Pod/a/p (${field}, spec.selector)`,
  ];

  test('each webhook of a configuration needs its Service and the Pods behind it', () => {
    const webhook = plain(
      'ValidatingWebhookConfiguration',
      'w',
      'webhooks: [{clientConfig: {url: "https://elsewhere"}}, {clientConfig: {service: {name: hook, namespace: a}}}]',
      'admissionregistration.k8s.io/v1',
      '',
    );
    const from = 'ValidatingWebhookConfiguration.admissionregistration.k8s.io/w';
    assert.deepEqual(edges('webhook', webhook + backend), both(from, 'webhooks[1].clientConfig.service.name'));
  });

  test('an APIService needs its backend, and the objects of its API need the APIService', () => {
    const api = plain(
      'APIService',
      'v1.b.example',
      'spec: {group: b.example, version: v1, service: {name: hook, namespace: a}}',
      'apiregistration.k8s.io/v1',
      '',
    );
    const from = 'APIService.apiregistration.k8s.io/v1.b.example';
    assert.deepEqual(edges('api-service', api + backend), both(from, 'spec.service.name'));
    assert.deepEqual(edges('aggregated-resource', api + plain('Thing', 't', '', 'b.example/v1')), [
      `Thing.b.example/a/t → ${from} (apiVersion, spec.group)`,
    ]);
  });

  test('an Ingress needs its backends, certificates and class', () => {
    const ingress = plain(
      'Ingress',
      'i',
      `spec:
  ingressClassName: front
  tls: [{secretName: s}]
  rules: [{http: {paths: [{backend: {resource: {}}}, {backend: {service: {name: hook}}}]}}]`,
      'networking.k8s.io/v1',
    );
    const rest = plain('Secret', 's') + plain('IngressClass', 'front', '', 'networking.k8s.io/v1', '');
    const from = 'Ingress.networking.k8s.io/a/i';
    assert.deepEqual(edges('ingress', ingress + backend + rest), [
      ...both(from, 'spec.rules[0].http.paths[1].backend.service.name'),
      `${from} → Secret/a/s (spec.tls[0].secretName)`,
      `${from} → IngressClass.networking.k8s.io/front (spec.ingressClassName)`,
    ]);
  });

  test('a Service outlives the Pods that it selects, and one without a selector selects none', () => {
    assert.equal(edges('service', backend).length, 1);
    assert.deepEqual(edges('service', `${plain('Service', 'hook', 'spec: {}')}${pod('{}')}`), []);
  });
});

describe('other fields that name something', () => {
  test('autoscalers and budgets go before their workloads', () => {
    const autoscaler = plain(
      'HorizontalPodAutoscaler',
      'h',
      'spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}',
      'autoscaling/v2',
    );
    const budget = plain(
      'PodDisruptionBudget',
      'm',
      'spec: {selector: {matchExpressions: [{key: app, operator: In, values: [d]}]}}',
      'policy/v1',
    );
    const deployment = plain('Deployment', 'd', 'spec: {template: {metadata: {labels: {app: d}}, spec: {}}}', 'apps/v1');
    assert.deepEqual(edges('autoscaler', autoscaler + deployment), [
      'HorizontalPodAutoscaler.autoscaling/a/h → Deployment.apps/a/d (spec.scaleTargetRef.name)',
    ]);
    assert.deepEqual(edges('disruption-budget', budget + deployment), [
      'PodDisruptionBudget.policy/a/m → Deployment.apps/a/d (spec.selector)',
    ]);
  });

  test('an admission policy binding needs its policy and parameters, the policy the definition of their kind', () => {
    const group = 'admissionregistration.k8s.io/v1';
    const found = edges(
      'admission-policy',
      plain('ValidatingAdmissionPolicyBinding', 'b', 'spec: {policyName: v, paramRef: {name: l, namespace: a}}', group, '') +
        plain('ValidatingAdmissionPolicy', 'v', 'spec: {paramKind: {apiVersion: b.example/v1, kind: Limit}}', group, '') +
        plain('Limit', 'l', '', 'b.example/v1') +
        plain(
          'CustomResourceDefinition',
          'limits.b.example',
          'spec: {group: b.example, names: {kind: Limit, plural: limits}}',
          'apiextensions.k8s.io/v1',
          '',
        ),
    );
    assert.deepEqual(
      found.map((line) => line.replaceAll('.admissionregistration.k8s.io', '')),
      [
        'ValidatingAdmissionPolicyBinding/b → ValidatingAdmissionPolicy/v (spec.policyName)',
        'ValidatingAdmissionPolicyBinding/b → Limit.b.example/a/l (spec.paramRef.name)',
        'ValidatingAdmissionPolicy/v → CustomResourceDefinition.apiextensions.k8s.io/limits.b.example (spec.paramKind.kind)',
      ],
    );
  });

  test('a token Secret needs its account, a claim its class', () => {
    const secret = `
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata: {name: t, namespace: a, annotations: {kubernetes.io/service-account.name: x}}
---`;
    assert.equal(edges('token-secret', secret + plain('ServiceAccount', 'x')).length, 1);
    const claim = plain('PersistentVolumeClaim', 'v', 'spec: {storageClassName: fast}');
    assert.equal(edges('storage', claim + plain('StorageClass', 'fast', '', 'storage.k8s.io/v1', '')).length, 1);
  });

  test('a Pod needs its device claims and their templates, these their classes, in every version of the API', () => {
    const spec = '{resourceClaims: [{name: x, resourceClaimName: c}, {name: y, resourceClaimTemplateName: t}]}';
    const api = 'resource.k8s.io/v1';
    const things =
      plain('ResourceClaim', 'c', 'spec: {devices: {requests: [{deviceClassName: old}, {exactly: {deviceClassName: g}}]}}', api) +
      plain(
        'ResourceClaimTemplate',
        't',
        'spec: {spec: {devices: {requests: [{firstAvailable: [{deviceClassName: old}, {deviceClassName: g}]}]}}}',
        api,
      ) +
      plain('DeviceClass', 'g', '', api, '') +
      plain('DeviceClass', 'old', '', api, '');
    assert.deepEqual(
      edges('device', things + pod(spec)).map((line) => line.replaceAll('.resource.k8s.io', '')),
      [
        'Pod/a/p → ResourceClaim/a/c (spec.resourceClaims[0].resourceClaimName)',
        'Pod/a/p → ResourceClaimTemplate/a/t (spec.resourceClaims[1].resourceClaimTemplateName)',
        'ResourceClaim/a/c → DeviceClass/old (spec.devices.requests[0].deviceClassName)',
        'ResourceClaim/a/c → DeviceClass/g (spec.devices.requests[1].exactly.deviceClassName)',
        'ResourceClaimTemplate/a/t → DeviceClass/old (spec.spec.devices.requests[0].firstAvailable[0].deviceClassName)',
        'ResourceClaimTemplate/a/t → DeviceClass/g (spec.spec.devices.requests[0].firstAvailable[1].deviceClassName)',
      ],
    );
  });

  test('volumes need the Secrets, drivers and classes that their driver works with', () => {
    const api = 'storage.k8s.io/v1';
    const secret = plain('Secret', 's');
    const driver = plain('CSIDriver', 'd', '', api, '');
    const place = 'csi.storage.k8s.io/provisioner-secret';
    const storageClass = plain(
      'StorageClass',
      'fast',
      `provisioner: d\nparameters: {${place}-name: s, ${place}-namespace: a, csi.storage.k8s.io/node-stage-secret-name: "\${pvc.name}"}`,
      api,
      '',
    ).replace('name: fast', 'name: fast, annotations: {storageclass.kubernetes.io/is-default-class: "true"}');
    const volume = plain(
      'PersistentVolume',
      'v',
      'spec: {csi: {driver: d, nodeStageSecretRef: {name: s, namespace: a}}}',
      'v1',
      '',
    );
    const attachment = plain('VolumeAttachment', 'x', 'spec: {attacher: d, source: {persistentVolumeName: v}}', api, '');
    const claims =
      plain('PersistentVolumeClaim', 'one', 'spec: {volumeAttributesClassName: gold}') +
      plain(
        'PersistentVolumeClaim',
        'two',
        'spec: {storageClassName: "", dataSource: {kind: PersistentVolumeClaim, name: one}}',
      ) +
      plain('VolumeAttributesClass', 'gold', 'driverName: d', api, '');
    assert.deepEqual(
      edges('storage', secret + driver + storageClass + volume + attachment + claims).map((line) =>
        line.replaceAll(`.storage.k8s.io`, ''),
      ),
      [
        'PersistentVolumeClaim/a/one → StorageClass/fast (spec.storageClassName, metadata.annotations[storageclass.kubernetes.io/is-default-class])',
        'PersistentVolumeClaim/a/one → VolumeAttributesClass/gold (spec.volumeAttributesClassName)',
        'PersistentVolumeClaim/a/two → PersistentVolumeClaim/a/one (spec.dataSource.name)',
        'PersistentVolume/v → CSIDriver/d (spec.csi.driver)',
        'PersistentVolume/v → Secret/a/s (spec.csi.nodeStageSecretRef.name)',
        'StorageClass/fast → CSIDriver/d (provisioner)',
        'StorageClass/fast → Secret/a/s (parameters[csi/provisioner-secret-name])',
        'VolumeAttributesClass/gold → CSIDriver/d (driverName)',
        'VolumeAttachment/x → CSIDriver/d (spec.attacher)',
        'VolumeAttachment/x → PersistentVolume/v (spec.source.persistentVolumeName)',
      ],
    );
  });

  test('a VolumeSnapshotClass needs the Secret of its parameters', () => {
    const place = 'csi.storage.k8s.io/snapshotter-secret';
    const snapshotClass = plain(
      'VolumeSnapshotClass',
      'c',
      `driver: d\nparameters: {${place}-name: s, ${place}-namespace: a}`,
      'snapshot.storage.k8s.io/v1',
      '',
    );
    assert.equal(edges('storage', snapshotClass + plain('Secret', 's')).length, 1);
  });

  test('an IngressClass needs its parameters, a FlowSchema its level, an autoscaler what it measures', () => {
    const ingressClass = plain(
      'IngressClass',
      'c',
      'spec: {parameters: {scope: Namespace, namespace: a, kind: ConfigMap, name: m}}',
      'networking.k8s.io/v1',
      '',
    );
    assert.deepEqual(edges('ingress', ingressClass + plain('ConfigMap', 'm')), [
      'IngressClass.networking.k8s.io/c → ConfigMap/a/m (spec.parameters.name)',
    ]);
    const api = 'flowcontrol.apiserver.k8s.io/v1';
    const schema = plain('FlowSchema', 'f', 'spec: {priorityLevelConfiguration: {name: l}}', api, '');
    assert.equal(edges('priority-level', schema + plain('PriorityLevelConfiguration', 'l', '', api, '')).length, 1);
    const metric = '{type: Object, object: {describedObject: {apiVersion: v1, kind: Service, name: web}}}';
    const autoscaler = plain('HorizontalPodAutoscaler', 'h', `spec: {metrics: [${metric}]}`, 'autoscaling/v2');
    assert.equal(edges('autoscaler', autoscaler + plain('Service', 'web')).length, 1);
  });

  test('a binding needs the parameters that its selector matches', () => {
    const api = 'admissionregistration.k8s.io/v1';
    const found = edges(
      'admission-policy',
      plain('ValidatingAdmissionPolicy', 'v', 'spec: {paramKind: {apiVersion: v1, kind: ConfigMap}}', api, '') +
        plain(
          'ValidatingAdmissionPolicyBinding',
          'b',
          'spec: {policyName: v, paramRef: {selector: {matchLabels: {for: policy}}}}',
          api,
          '',
        ) +
        plain('ConfigMap', 'one').replace('name: one', 'name: one, labels: {for: policy}') +
        plain('ConfigMap', 'two'),
    );
    assert.deepEqual(found.slice(1), [
      'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io/b → ConfigMap/a/one (spec.paramRef.selector)',
    ]);
  });

  test('volumes name trust bundles, and ephemeral ones a class', () => {
    const spec = `{volumes: [{projected: {sources: [{clusterTrustBundle: {name: t}}]}},
      {ephemeral: {volumeClaimTemplate: {spec: {storageClassName: fast}}}}]}`;
    const things =
      plain('ClusterTrustBundle', 't', '', 'certificates.k8s.io/v1beta1', '') +
      plain('StorageClass', 'fast', '', 'storage.k8s.io/v1', '');
    assert.equal(edges('volume', things + pod(spec)).length, 2);
  });

  test('a Service without a selector needs its hand-made endpoints, an alias the Service that it leads to', () => {
    const slice = plain('EndpointSlice', 'e', '', 'discovery.k8s.io/v1').replace(
      'name: e',
      'name: e, labels: {kubernetes.io/service-name: web}',
    );
    const alias = plain('Service', 'x', 'spec: {type: ExternalName, externalName: web.a.svc.cluster.local}');
    assert.deepEqual(edges('service', plain('Service', 'web') + plain('Endpoints', 'web') + slice + alias), [
      'Service/a/web → EndpointSlice.discovery.k8s.io/a/e (metadata.labels[kubernetes.io/service-name])',
      'Service/a/web → Endpoints/a/web (metadata.name)',
      'Service/a/x → Service/a/web (spec.externalName)',
    ]);
    assert.deepEqual(edges('service', plain('Service', 'web', 'spec: {selector: {app: web}}') + slice), []);
  });

  test('a custom resource of kind Job is no workload', () => {
    const job = plain('Job', 'j', 'spec: {template: {spec: {serviceAccountName: x}}}', 'batch.b.example/v1');
    assert.deepEqual(edges('service-account', job + plain('ServiceAccount', 'x')), []);
  });
});

describe('the annotation bookend.dev/depends-on', () => {
  const annotated = (value: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: a, annotations: {bookend.dev/depends-on: "${value}"}}
---`;
  const rest = plain('Secret', 's') + plain('Deployment', 'd', '', 'apps/v1', 'b') + plain('Namespace', 'other', '', 'v1', '');

  test('takes identities, with the own namespace where they name none', () => {
    assert.deepEqual(
      edges('depends-on', annotated('Secret/s, Deployment.apps/b/d,Deployment/b/d, Namespace/other') + rest).map(
        (line) => line.split(' (')[0],
      ),
      ['ConfigMap/a/c → Secret/a/s', 'ConfigMap/a/c → Deployment.apps/b/d', 'ConfigMap/a/c → Namespace/other'],
    );
  });

  for (const wrong of ['Deployment.apps/d', 'Secret/t', 'just words']) {
    test(`"${wrong}" is refused with the field's path`, () => {
      assert.throws(
        () => edges('depends-on', annotated(wrong) + rest),
        (error) => isCode(error, 'bad-input') && error.details.field === 'metadata.annotations[bookend.dev/depends-on]',
      );
    });
  }

  test('means nothing on what a controller made, which only inherited it', () => {
    const [child] = readYaml(annotated('Secret/absent'), 'x');
    assert.ok(child);
    child.object.metadata.ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: '1', controller: true },
    ];
    assert.deepEqual(buildGraph({ objects: [child.object] }).edges, []);
  });

  test('may name what is gone on a live object', () => {
    const objects = readYaml(annotated('Secret/absent'), 'x').map(({ object }) => object);
    assert.deepEqual(buildGraph({ objects, live: true }).edges, []);
  });
});

describe('owner references', () => {
  const owns = (yaml: string, child: string, parent: string) => {
    const objects = [parse(yaml), parse(child)] as KubernetesObject[];
    const [owner, owned] = objects;
    assert.ok(owner && owned);
    owner.metadata.uid = '1';
    owned.metadata.ownerReferences = [
      { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: '1', controller: true },
    ];
    return buildGraph({ objects }).edges.filter(({ rule }) => rule === parent);
  };
  const object = (kind: string, apiVersion = 'v1') =>
    `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: ${kind.toLowerCase()}, namespace: a}}`;

  test('a controller goes before what it makes, or it would make it anew', () => {
    assert.deepEqual(
      owns(object('Deployment', 'apps/v1'), object('ReplicaSet', 'apps/v1'), 'owner').map(({ from, to }) => [from, to]),
      [['Deployment.apps/a/deployment', 'ReplicaSet.apps/a/replicaset']],
    );
    const found = owns(object('Widget', 'b.example/v1'), object('DaemonSet', 'apps/v1'), 'owner')[0]?.to;
    assert.equal(found, 'DaemonSet.apps/a/daemonset');
  });

  test('a built-in owner goes before the custom resource that an operator makes for it, as kueue does for a Job', () => {
    const slot = object('Slot', 'b.example/v1');
    for (const [kind, version] of [
      ['Job', 'batch/v1'],
      ['Ingress', 'networking.k8s.io/v1'],
      ['Pod', 'v1'],
    ] as const) {
      const [edge, ...more] = owns(object(kind, version), slot, 'owner');
      assert.deepEqual([edge?.to, edge?.certainty, more.length], ['Slot.b.example/a/slot', 'inferred', 0], kind);
      assert.deepEqual(owns(object(kind, version), slot, 'owned'), []);
    }
  });

  test('but not before one that it serves itself, nor where it is a kind that only carries things along', () => {
    assert.equal(owns(object('Namespace'), object('Slot', 'b.example/v1'), 'owned').length, 1);
    const owner = parse(object('Deployment', 'apps/v1')) as KubernetesObject;
    owner.metadata.uid = '1';
    (owner as { spec?: unknown }).spec = { template: { spec: { serviceAccountName: 'runner', containers: [] } } };
    const slot = parse(object('Slot', 'b.example/v1')) as KubernetesObject;
    slot.metadata.ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'deployment', uid: '1', controller: true },
    ];
    const rights = [
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: a}, rules: [{apiGroups: [b.example], resources: [slots], verbs: [update]}]}',
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: r, namespace: a}, roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: runner, namespace: a}]}',
    ].map((yaml) => parse(yaml) as KubernetesObject);
    const { edges } = buildGraph({ objects: [owner, slot, ...rights] });
    assert.deepEqual(
      edges.filter(({ from, to }) => [from, to].includes('Slot.b.example/a/slot' as never)).map(({ from, rule }) => [from, rule]),
      [
        ['Slot.b.example/a/slot', 'controller'],
        ['Slot.b.example/a/slot', 'owned'],
      ],
    );
  });

  test('what only carries a child along goes after it', () => {
    assert.equal(
      owns(object('Namespace'), object('ValidatingWebhookConfiguration', 'admissionregistration.k8s.io/v1'), 'owned').length,
      1,
    );
    assert.equal(owns(object('Deployment', 'apps/v1'), object('Service'), 'owned')[0]?.from, 'Service/a/service');
  });
});

test('every rule has a name of its own and says what goes wrong without it', () => {
  assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
  for (const { name, why } of rules) {
    assert.match(name, /^[a-z-]+$/);
    assert.match(why, /\.$/);
  }
});
