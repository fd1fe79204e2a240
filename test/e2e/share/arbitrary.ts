/** Random Pod templates that an API server accepts, and shares between their containers. */
import fc from 'fast-check';
import type { Share, Source } from '../../../src/share/share.ts';

export type Sample = { spec: Record<string, unknown>; shares: Share[]; imageVolumes: boolean };

type Fields = Record<string, unknown>;

/** Each field may be absent, as in what people write. */
const some = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T): fc.Arbitrary<Fields> =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Fields>;

const images = ['registry.example/app', 'registry.example/app:1', 'localhost:5000/a/b:latest', `x@sha256:${'0'.repeat(64)}`];
const image = fc.constantFrom(...images);
const names = ['app', 'web', 'proxy', 'log', 'x-1', 'init-db', 'bookend', 'seed'];

const volumes: readonly Fields[] = [
  { name: 'settings', configMap: { name: 'settings', optional: true } },
  { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400, optional: true } },
  { name: 'scratch', emptyDir: {} },
  { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
  { name: 'labels', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
  { name: 'all', projected: { sources: [{ configMap: { name: 'settings', optional: true } }] } },
  { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
];

const quantities = fc.constantFrom<Fields>(
  { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
  { requests: { cpu: '1m', memory: '1Mi', 'ephemeral-storage': '1Mi' }, limits: { cpu: '2', memory: '1Gi' } },
);
const someQuantities = fc.oneof(
  quantities,
  fc.constantFrom<Fields>({}, { limits: { memory: '32Mi' } }, { requests: { cpu: '50m' } }),
);

const container = (strict: boolean) =>
  some({
    command: fc.constantFrom(['/app'], ['sh', '-c', 'sleep 1']),
    args: fc.constantFrom(['--flag'], []),
    workingDir: fc.constant('/work'),
    env: fc.constantFrom([{ name: 'A', value: 'b' }], [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }]),
    ports: fc.constantFrom([{ containerPort: 80 }], [{ containerPort: 81, name: 'http', protocol: 'TCP' }]),
    imagePullPolicy: fc.constantFrom('Always', 'Never', 'IfNotPresent'),
    terminationMessagePolicy: fc.constant('FallbackToLogsOnError'),
    stdin: fc.boolean(),
    tty: fc.boolean(),
    ...(!strict && {
      securityContext: fc.constantFrom<Fields>(
        { runAsUser: 0 },
        { runAsNonRoot: true, runAsUser: 7 },
        { runAsNonRoot: true },
        { capabilities: { add: ['NET_ADMIN'] }, seLinuxOptions: { level: 's0' } },
        { privileged: true },
        { readOnlyRootFilesystem: true, runAsGroup: 3 },
      ),
    }),
  }).chain((fields) =>
    fc
      .record({ image, resources: strict ? quantities : someQuantities, mounted: fc.subarray([...volumes]) })
      .map(({ mounted, ...rest }) => ({
        ...fields,
        ...rest,
        ...(strict && { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }),
        ...(mounted.length > 0 && {
          volumeMounts: mounted.map(({ name }) => ({ name, mountPath: `/mnt/${name}`, readOnly: name === 'settings' })),
        }),
      })),
  );

const podFields = (strict: boolean) =>
  some({
    restartPolicy: fc.constantFrom('Always', 'Never', 'OnFailure'),
    terminationGracePeriodSeconds: fc.nat(60),
    serviceAccountName: fc.constant('default'),
    nodeSelector: fc.constantFrom({ 'kubernetes.io/os': 'linux' }, { pool: 'a' }),
    tolerations: fc.constant([{ operator: 'Exists' }]),
    imagePullSecrets: fc.constant([{ name: 'registry' }]),
    os: fc.constant({ name: 'linux' }),
    dnsPolicy: fc.constantFrom('Default', 'ClusterFirst'),
    shareProcessNamespace: fc.boolean(),
    enableServiceLinks: fc.boolean(),
    hostAliases: fc.constant([{ ip: '10.0.0.1', hostnames: ['a'] }]),
    activeDeadlineSeconds: fc.integer({ min: 1, max: 100 }),
    schedulingGates: fc.constant([{ name: 'example.com/wait' }]),
    topologySpreadConstraints: fc.constant([{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }]),
    ...(!strict && {
      hostIPC: fc.constant(true),
      hostUsers: fc.constant(true),
      resources: fc.constant({ limits: { memory: '4Gi', cpu: '8' }, requests: { memory: '3Gi', cpu: '6' } }),
      securityContext: fc.constantFrom<Fields>(
        { runAsUser: 0, fsGroup: 0 },
        { runAsNonRoot: true },
        { runAsUser: 1000, runAsGroup: 1000, supplementalGroups: [5] },
        { seccompProfile: { type: 'Unconfined' }, fsGroupChangePolicy: 'OnRootMismatch' },
      ),
    }),
  }).map((fields) =>
    strict ? { ...fields, securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } } : fields,
  );

const path = fc.constantFrom('/srv/www', '/data', '/opt/app/share', '/usr/share/nginx/html', '/a b/ü$(X)', '/x//y/./z/');

function shareBetween(containers: readonly string[], name: string): fc.Arbitrary<Share> {
  const consumers = fc
    .subarray([...containers], { minLength: 1 })
    .chain((chosen) =>
      fc.tuple(...chosen.map((each) => fc.record({ container: fc.constant(each), path, readOnly: fc.boolean() }))),
    );
  const source: fc.Arbitrary<Source> = fc.oneof(
    fc.record({ container: fc.constantFrom(...containers), path }),
    fc.record({ image, path, type: fc.constantFrom<'Directory' | 'File'>('Directory', 'File') }),
  );
  const limits = fc.constantFrom(
    {},
    {},
    { sizeLimit: '1Gi' },
    { medium: 'Memory' as const, sizeLimit: '64Mi' },
    { medium: 'Memory' as const },
  );
  return fc.tuple(fc.option(source, { nil: undefined }), consumers, limits).map(([from, to, rest]) => {
    // Everybody at a path of the share's own: what overlaps is refused, and is tested elsewhere.
    const own = to.map((each) => ({ ...each, path: `/${name}${each.path}`, ...(!from && { readOnly: false }) }));
    return { name, ...(from && { from: { ...from, path: `/src-${name}${from.path}` } }), to: own, ...rest };
  });
}

/** @param strict whether the Pod is one that *restricted* and a quota let through */
export function samples(strict: boolean): fc.Arbitrary<Sample> {
  return fc
    .record({
      chosen: fc.shuffledSubarray(names, { minLength: 1, maxLength: 5 }),
      mains: fc.integer({ min: 1, max: 4 }),
      all: fc.array(container(strict), { minLength: 5, maxLength: 5 }),
      sidecars: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      fields: podFields(strict),
      imageVolumes: fc.boolean(),
    })
    .chain(({ chosen, mains, all, sidecars, fields, imageVolumes }) => {
      const made: Fields[] = chosen.map((name, index) => ({ name, ...all[index] }));
      const initContainers = made
        .slice(mains)
        .map((each, index) => ({ ...each, ...(sidecars[index] && { restartPolicy: 'Always' }), stdin: false, tty: false }));
      const spec = {
        ...fields,
        volumes: [...volumes],
        containers: made.slice(0, mains),
        ...(initContainers.length > 0 && { initContainers }),
      };
      return fc
        .uniqueArray(fc.constantFrom('web', 'cache', 'x-2'), { minLength: 1, maxLength: 3 })
        .chain((shareNames) => fc.tuple(...shareNames.map((name) => shareBetween(chosen, name))))
        .map((shares) => ({ spec, shares, imageVolumes }));
    });
}
