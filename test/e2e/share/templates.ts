/** A table of Pod templates with shares: what people really write, for whoever has to give the same answer to it. */
import { mapOf } from '../../../src/objects/fields.ts';
import type { KubernetesObject } from '../../../src/objects/object.ts';
import { shareImages } from '../../../tools/lab/share-images.ts';
import { podSpec, reader, site } from './pods.ts';

export type TemplateCase = { name: string; spec: Record<string, unknown>; shares: string[] };

const plain = { name: 'app', image: 'registry.example/app' };
const nginx = { name: 'nginx', image: 'registry.example/nginx:1' };
const open = { automountServiceAccountToken: false };

export const templateCases: readonly TemplateCase[] = [
  { name: 'scratch', spec: { ...open, containers: [plain, nginx] }, shares: ['cache = app:/cache, nginx:/var/cache:ro'] },
  {
    name: 'bare',
    spec: { ...open, containers: [plain, nginx] },
    shares: ['web = app:/srv/www -> nginx:/usr/share/nginx/html:ro; mode=copy'],
  },
  { name: 'writer', spec: { ...open, containers: [plain, nginx] }, shares: ['web = app:/srv/www -> nginx:/html'] },
  {
    name: 'restricted',
    spec: podSpec([site(), reader()]),
    shares: ['web = app:/srv/www -> web:/html:ro; mode=copy', 'tmp = app:/tmp, web:/tmp'],
  },
  {
    name: 'other-image',
    spec: podSpec([reader()]),
    shares: [
      `assets = image(${shareImages.bare}):/dist -> web:/assets:ro; mode=copy`,
      'config = image(registry.example/c:2):/etc/a.conf -> web:/etc/a.conf:ro; mode=copy',
    ],
  },
  {
    name: 'memory',
    spec: podSpec([site(), reader()]),
    shares: [
      'web = app:/srv/www -> web:/html; medium=Memory; sizeLimit=512Mi',
      'run = app:/run/app, web:/run/app; medium=Memory',
    ],
  },
  {
    name: 'early',
    spec: {
      ...podSpec([site()], {
        initContainers: [
          { name: 'migrate', image: 'registry.example/migrate@sha256:'.padEnd(96, 'a'), command: ['/migrate'] },
          { ...reader('proxy'), restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 8080 } } },
        ],
      }),
    },
    shares: ['web = app:/srv/www -> proxy:/html:ro, migrate:/html:ro; mode=copy'],
  },
  {
    name: 'together',
    spec: podSpec([site(), reader()]),
    shares: [
      'a = app:/srv/www -> web:/all:ro; mode=copy; chmod=g+rX; resources=cpu=50m/100m,memory=64Mi',
      `b = image(${shareImages.bare}):/dist -> web:/all:ro; mode=copy; onConflict=last`,
      'c = app:/cache, web:/all/cache',
    ],
  },
  { name: 'image', spec: podSpec([site(), reader()]), shares: ['web = app:/srv/www -> web:/html:ro; mode=image'] },
  {
    name: 'much',
    spec: {
      ...open,
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
      imagePullSecrets: [{ name: 'registry' }],
      shareProcessNamespace: true,
      resources: { limits: { cpu: '1', memory: '1Gi' } },
      securityContext: { fsGroup: 2000, supplementalGroups: [1], sysctls: [{ name: 'kernel.shm_rmid_forced', value: '0' }] },
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] },
      },
      containers: [
        {
          ...plain,
          imagePullPolicy: 'Always',
          env: [{ name: 'A', value: '$(B) $$' }],
          ports: [{ containerPort: 80, name: 'http' }],
          livenessProbe: { httpGet: { port: 'http' } },
          lifecycle: { preStop: { sleep: { seconds: 1 } } },
          securityContext: { privileged: true, seLinuxOptions: { level: 's0:c1,c2' } },
          volumeMounts: [{ name: 'settings', mountPath: '/etc/settings', readOnly: true }],
        },
        { ...nginx, resources: { limits: { memory: '64Mi' } }, volumeMounts: [{ name: 'settings', mountPath: '/s' }] },
      ],
      volumes: [{ name: 'settings', configMap: { name: 'settings', optional: true } }],
    },
    shares: ['web = app:"/srv/$(odd) name" -> nginx:/html:ro; type=Directory; mode=copy', 'both = app:/cache, nginx:/cache'],
  },
];

/** One of each kind that has a Pod template and starts no Pod by itself, with the path to the template. */
export function workloadsOf({ name, spec }: Pick<TemplateCase, 'name' | 'spec'>): KubernetesObject[] {
  const labels = { app: name };
  const template = { metadata: { labels }, spec };
  const selector = { matchLabels: labels };
  const nowhere = { ...spec, nodeSelector: { 'e2e.bookend.dev/nowhere': 'true' } };
  const ofJob = { metadata: { labels }, spec: { ...spec, restartPolicy: 'Never' } };
  const job = { suspend: true, template: ofJob };
  return [
    workload('apps/v1', 'Deployment', name, { replicas: 0, selector, template }),
    workload('apps/v1', 'ReplicaSet', `${name}-set`, { replicas: 0, selector, template }),
    workload('apps/v1', 'StatefulSet', name, { replicas: 0, serviceName: name, selector, template }),
    workload('apps/v1', 'DaemonSet', name, { selector, template: { metadata: { labels }, spec: nowhere } }),
    workload('batch/v1', 'Job', name, job),
    workload('batch/v1', 'CronJob', name, { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job } }),
  ];
}

function workload(apiVersion: string, kind: string, name: string, spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion, kind, metadata: { name }, spec };
}

/** The Pod that a workload's controller would make of its template. */
export function podOfTemplate(name: string, template: unknown): KubernetesObject {
  const { metadata, spec } = mapOf(template);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...mapOf(metadata), name }, spec };
}
