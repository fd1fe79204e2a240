/**
 * Valid inputs to begin with: the repository's own examples, and small ones that have everything that a reader
 * knows.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export const manifests = [
  ...globSync(['examples/**/*.yaml', 'charts/*/values.yaml', 'demo/**/*.yaml'], {
    cwd: root,
    exclude: ['**/node_modules/**', '**/templates/**'],
  })
    .sort()
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .filter((text) => text.length < 8_000),
  `apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: b, labels: &labels {x: "y"}}
data: &data
  one: |
    text
  two: >-
    folded
    text
  three: !!str 0644
---
# Source: chart/templates/b.yaml
apiVersion: v1
kind: Secret
metadata:
  name: c
  labels: *labels
stringData: {<<: *data, four: 'it''s'}
`,
  '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}]}',
];

export const lines = [
  'app:/srv/www -> nginx:/usr/share/nginx/html:ro',
  'web = app:/srv/www -> nginx:/html:ro, worker:/data:rw; mode=copy; sizeLimit=64Mi',
  'image(registry.example/assets:1@sha256:0123):/dist -> nginx:/html:ro; mode=image; type=Directory',
  'app:/cache, worker:/cache; medium=Memory',
  'app:/plugins/ -> nginx:/html; chown=1000:2000; chmod=u=rwX,go=rX; onConflict=last',
  'image(registry.example/b:1):/b -> nginx:/html; resources=cpu=50m/100m,memory=64Mi; owners=keep',
  'app:"/with space/and \\"quotes\\"" -> nginx:"/a,b;c":ro',
];

export const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'shop',
    labels: { 'share.bookend.dev/inject': 'true' },
    annotations: Object.fromEntries(lines.map((line, index) => [`share.bookend.dev/s${index}`, line.replace(/^web = /, '')])),
  },
  spec: {
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }],
        },
      },
    },
    securityContext: { runAsUser: 1000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [{ name: 'first', image: 'first:1', restartPolicy: 'Always' }],
    containers: ['app', 'nginx', 'worker'].map((name) => ({
      name,
      image: `${name}:1`,
      imagePullPolicy: 'Always',
      resources: { limits: { cpu: '1', memory: '128Mi' }, requests: { memory: '64Mi' } },
      securityContext: { capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'data', mountPath: `/var/${name}` }],
    })),
    volumes: [{ name: 'data', emptyDir: {} }],
  },
};

export const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '0df28fbd-5f5f-11e8-bc74-36e6bb280816',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    name: 'web',
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'jane', groups: ['system:authenticated'] },
    object: pod,
    oldObject: null,
    dryRun: false,
  },
};

export const release = {
  name: 'web',
  namespace: 'shop',
  version: 3,
  info: { status: 'deployed', description: 'Upgrade complete', first_deployed: '2026-01-01T00:00:00Z' },
  chart: {
    metadata: { name: 'web', version: '1.2.3', apiVersion: 'v2' },
    files: [{ name: 'crds/a.yaml', data: Buffer.from(manifests.at(-2) ?? '').toString('base64') }],
  },
  config: { replicas: 2 },
  manifest: manifests.at(-2) ?? '',
  hooks: [
    {
      name: 'clean',
      kind: 'Job',
      path: 'web/templates/clean.yaml',
      manifest: manifests.at(-2) ?? '',
      events: ['pre-delete'],
      weight: -5,
      delete_policies: ['hook-succeeded'],
    },
  ],
};

export const kubeconfig = `apiVersion: v1
kind: Config
current-context: one
preferences: {}
clusters:
  - name: one
    cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: LS0tLS1CRUdJTg==, tls-server-name: kubernetes}
  - name: two
    cluster: {server: "http://[::1]:8080/prefix/", insecure-skip-tls-verify: true, proxy-url: "http://proxy.example:3128"}
users:
  - name: one
    user: {client-certificate-data: LS0tLS0=, client-key-data: LS0tLS0=}
  - name: two
    user: {token: abc, as: jane, as-groups: [team], as-uid: "1"}
  - name: three
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: absent-credential-plugin
        args: [token]
        env: [{name: A, value: b}]
        interactiveMode: Never
        provideClusterInfo: true
  - name: four
    user: {username: u, password: p}
  - name: five
    user: {auth-provider: {name: oidc, config: {id-token: a.b.c}}}
contexts:
  - {name: one, context: {cluster: one, user: one, namespace: shop}}
  - {name: two, context: {cluster: two, user: two}}
  - {name: three, context: {cluster: one, user: three}}
  - {name: four, context: {cluster: two, user: four}}
  - {name: five, context: {cluster: two, user: five}}
`;

const event = (type: string, resourceVersion: string) =>
  JSON.stringify({
    type,
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'b', uid: 'c', resourceVersion },
      data: { a: 'ü😀' },
    },
  });

export const events = [
  event('ADDED', '1'),
  event('MODIFIED', '2'),
  event('BOOKMARK', '3'),
  event('DELETED', '4'),
  '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}}',
];
