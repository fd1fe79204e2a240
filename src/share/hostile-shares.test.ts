/**
 * Shares as hostile tenants write them: everything is refused in one bounded sentence or gives the Pod nothing that its
 * containers do not have. Arguments of the copy tool stay single arguments, whatever stands in them.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isCode } from '../errors.ts';
import { fieldAt, isMap, listOf, mapOf, textsOf } from '../objects/fields.ts';
import { sharesInAnnotations } from './annotations.ts';
import { applyShares } from './apply.ts';
import { parseShare, printShare } from './notation.ts';
import { refusalsOf } from './refusals.ts';
import { placesIn, type Share, type ShareSettings } from './share.ts';

const settings: ShareSettings = { seedImage: 'seed:1', imageVolumes: { known: false, reason: 'not tried' } };
const base = 'app:/srv -> web:/html';

describe('An option that a hostile tenant writes', () => {
  const values: Record<string, string[]> = {
    chown: [
      '--owners=keep',
      '0:0 --owners=keep',
      '-1',
      '1:',
      ':',
      '1:2:3',
      'root',
      '0x0',
      '1e3',
      '٣',
      '4294967295',
      '9'.repeat(400),
    ],
    chmod: [
      '--reference=/etc/shadow',
      '"0755 --owners=keep"',
      '77777',
      '8',
      '٧٧٧',
      '"u=rwx\\n--owners=keep"',
      'u',
      'u=rwx,,g=r',
      '7'.repeat(400),
    ],
    owners: ['drop', 'KEEP', '"keep --chown=0:0"', '--keep'],
    onConflict: ['first', 'Last', '--last', '__proto__'],
    resources: [
      'cpu',
      'cpu=',
      'cpu=-1',
      'cpu=NaN',
      'cpu=1/2/3',
      'cpu=2/1',
      'nvidia.com/gpu=1',
      '__proto__=1',
      'cpu=1,cpu=2',
      'memory=1Zi',
    ],
    sizeLimit: ['-1Mi', 'NaN', '"1Mi --owners=keep"'],
    medium: ['HugePages', 'memory'],
  };
  for (const [option, given] of Object.entries(values)) {
    for (const value of given) {
      test(`is refused: ${option}=${value.slice(0, 40)}`, () => {
        const [field, message] = refused([`${base}; mode=copy; ${option}=${value}`]);
        assert.ok(message.length < 1_000, `${message.length} characters`);
        assert.match(`${field} ${message}`, new RegExp(option, 'i'));
      });
    }
  }

  test('is called by its name where it is mistyped, with what was probably meant', () => {
    for (const [typo, meant] of Object.entries({
      sizelimit: 'sizeLimit',
      chonw: 'chown',
      onconflict: 'onConflict',
      resource: 'resources',
    }))
      assert.match(refused([`${base}; ${typo}=1`])[1], new RegExp(`\\b${meant}\\b`));
  });
});

describe('A path that a hostile tenant writes', () => {
  const refusedPaths = [
    '/proc/1/root',
    '/proc',
    '//proc/./self',
    '/sys/fs',
    '/dev/shm',
    '/var/run/secrets/kubernetes.io/serviceaccount',
    '/run/secrets/kubernetes.io/serviceaccount/token',
    '/a/../proc',
    '/srv/../../etc',
    '/srv/*',
    '/.bookend/tools',
    '/srv/\u0000x',
  ];
  for (const path of refusedPaths) {
    test(`is refused as source: ${JSON.stringify(path)}`, () => {
      assert.ok(refused([`app:${JSON.stringify(path)} -> web:/html:ro; mode=copy`])[1].length < 1_000);
    });
  }
  for (const path of refusedPaths.filter((each) => !/[*]|shm/.test(each))) {
    test(`is refused as target: ${JSON.stringify(path)}`, () => {
      assert.ok(refused([`app:/srv -> web:${JSON.stringify(path)}:ro; mode=copy`])[1].length < 1_000);
    });
  }
});

describe('What a share adds to a Pod', () => {
  test('has no privilege that its containers lack, whatever they have', () => {
    fc.assert(
      fc.property(anySecurity, anySecurity, anySecurity, anyLines, (app, web, pod, lines) => {
        const spec = {
          securityContext: pod,
          containers: [
            { name: 'app', image: 'app:1', securityContext: app },
            { name: 'web', image: 'web:1', securityContext: web },
          ],
        };
        const after = applied(spec, lines);
        if (!after) return;
        for (const container of listOf(after.initContainers).map(mapOf)) {
          const context = mapOf(container.securityContext);
          const ofSource = /^bookend-share-/.test(String(container.name));
          assert.equal(context.privileged, undefined);
          assert.equal(context.procMount, undefined);
          assert.equal(context.allowPrivilegeEscalation, false);
          assert.equal(context.readOnlyRootFilesystem, true);
          const added = textsOf(mapOf(context.capabilities).add);
          const keeps = listOf(container.command).includes('--owners=keep');
          assert.deepEqual(added, keeps ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] : []);
          const model = lines.some((each) => each.startsWith('image(')) ? web : app;
          if (keeps) assert.notEqual(model.runAsNonRoot ?? pod.runAsNonRoot, true, 'it keeps owners, and may not be root');
          const users = [app, web, pod].map(({ runAsUser }) => runAsUser);
          if (context.runAsUser === 0) assert.ok(users.includes(0), `${ofSource} root, and nobody else is`);
        }
        assert.deepEqual(withoutOurs(after), withoutOurs(applied(spec, []) ?? spec), 'nothing else is changed');
      }),
      { numRuns: 500 },
    );
  });

  test('passes every value to the tool as one argument', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        (source, target) => {
          const line = `app:${JSON.stringify(`/${source}`)} -> web:${JSON.stringify(`/${target}`)}:ro; mode=copy`;
          const spec = {
            containers: [
              { name: 'app', image: 'app:1' },
              { name: 'web', image: 'web:1', volumeMounts: [{ name: 'keys', mountPath: `/${target}/--owners=keep` }] },
            ],
            volumes: [{ name: 'keys', secret: { secretName: 'keys' } }],
          };
          const after = applied(spec, [line]);
          if (!after) return;
          const copy = listOf(after.initContainers).find((each) => /^bookend-share-/.test(String(fieldAt(each, 'name'))));
          const [, verb, path, directory, ...flags] = textsOf(fieldAt(copy, 'command'));
          assert.equal(verb, 'copy');
          assert.ok(path?.startsWith('/') && directory?.startsWith('/.bookend/'), `${path} ${directory}`);
          for (const flag of flags) {
            assert.match(flag, /^--mount-point(-file)?=(?!\/)[\s\S]+$/);
            assert.ok(
              !flag
                .slice(flag.indexOf('=') + 1)
                .split('/')
                .includes('..'),
              flag,
            );
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('names no size limit that the tool does not read as a number', () => {
    for (const size of ['1e999', '1e30', '10Ei', '9223372036854775807', '0.5', '1m']) {
      for (const [line, limits] of [
        [`${base}; mode=copy; sizeLimit=${size}`, {}],
        [`${base}; mode=copy`, { 'ephemeral-storage': size }],
      ] as const) {
        const spec = {
          containers: [
            { name: 'app', image: 'a', resources: { limits } },
            { name: 'web', image: 'b' },
          ],
        };
        const copies = listOf(applied(spec, [line])?.initContainers).map((each) => textsOf(fieldAt(each, 'command')));
        const [limit = '--size-limit=1'] = copies.flat().filter((each) => each.startsWith('--size-limit='));
        assert.match(limit, /^--size-limit=[1-9][0-9]{0,15}$/, `${line} ${JSON.stringify(limits)}`);
      }
    }
  });

  test('is refused with owners=keep where the Pod is restricted, with the reason', () => {
    const restrictedBy: Record<string, object>[] = [
      { pod: { runAsNonRoot: true } },
      { app: { runAsNonRoot: true } },
      { app: { runAsUser: 1000 } },
      { pod: { runAsUser: 1000 } },
      { app: { capabilities: { drop: ['ALL'] } } },
      { app: { capabilities: { drop: ['CHOWN'] } } },
    ];
    for (const { pod = {}, app = {} } of restrictedBy) {
      const spec = {
        securityContext: pod,
        containers: [
          { name: 'app', image: 'a', securityContext: app },
          { name: 'web', image: 'b' },
        ],
      };
      const [, message] = refused([`${base}; owners=keep`], spec);
      assert.match(message, /runAsNonRoot|runAsUser|capabilit|drop|allowPrivilegeEscalation/i, JSON.stringify({ pod, app }));
    }
  });

  test('is refused with a chown to somebody else where only root could do it', () => {
    const spec = {
      containers: [
        { name: 'app', image: 'a', securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
        { name: 'web', image: 'b' },
      ],
    };
    for (const chown of ['0', '0:0', '1001:1000', '2000'])
      assert.match(refused([`${base}; chown=${chown}`], spec)[1], /root|user/i);
  });
});

describe('Shares in great number', () => {
  const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

  test('are applied or refused in bounded time, and what they add is bounded: one directory, and mounts below it', () => {
    const volumeMounts = many(5_000, (index) => ({ name: 'v', mountPath: `/plugins/m${index}` }));
    const spec = {
      containers: [{ name: 'app', image: 'app:1', volumeMounts }],
      volumes: [{ name: 'v', emptyDir: {} }],
    };
    const lines = many(32, (index) => `s${index} = image(i${index}:1):/plugins -> app:/plugins:ro; mode=copy`);
    const { result: after, took } = timed(() => applied(spec, lines));
    assert.ok(took < 500 * slowness, `${took.toFixed(0)} ms`);
    const size = JSON.stringify(after ?? '').length;
    assert.ok(size < 2_000_000, `the Pod has ${size} characters, and etcd takes 1.5 MB`);
  });

  test('are applied or refused in bounded time: deep paths, each below the one before', () => {
    const deep = (count: number) => `/${many(count, () => 'a').join('/')}`;
    const lines = many(32, (index) => `s${index} = app:/src${index} -> web:${deep(480 - index)}:ro; mode=copy`);
    const volumeMounts = many(2_000, (index) => ({ name: 'v', mountPath: `${deep(200 + (index % 280))}/m${index}` }));
    const spec = {
      containers: [
        { name: 'app', image: 'app:1' },
        { name: 'web', image: 'web:1', volumeMounts },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
    };
    const { took } = timed(() => applied(spec, lines));
    assert.ok(took < 500 * slowness, `${took.toFixed(0)} ms`);
  });

  test('that replace others are found in bounded time', () => {
    const volumes = many(3_000, (index) => ({ name: `bookend-share-s${index}`, emptyDir: {} }));
    const initContainers = volumes.map(({ name }) => ({
      name,
      image: 'app:1',
      command: ['/.bookend/tools/seed', 'copy', '/srv', '/.bookend/share'],
      volumeMounts: [{ name, mountPath: '/.bookend/share' }],
    }));
    const volumeMounts = volumes.map(({ name }, index) => ({ name, mountPath: `/m${index}` }));
    const spec = { initContainers, containers: [{ name: 'app', image: 'app:1', volumeMounts }], volumes };
    const { took } = timed(() =>
      applied(
        spec,
        many(32, (index) => `n${index} = image(i:1):/x -> app:/m${index}; mode=copy`),
      ),
    );
    assert.ok(took < 500 * slowness, `${took.toFixed(0)} ms`);
  });

  test('have messages that do not grow with them, and no control characters', () => {
    const annotations = Object.fromEntries(
      many(32, (index) => [`share.bookend.dev/s${index}`, `app:/a -> ${'n'.repeat(900)}:/x; chmod=\u001b[31m${'9'.repeat(900)}`]),
    );
    const { problems } = sharesInAnnotations(annotations);
    assert.ok(problems.length > 0);
    const text = JSON.stringify(problems);
    assert.ok(text.length < 16_000, `${text.length}`);
  });
});

/** In ms of the processor's time: other tests run at the same time. */
function timed<T>(work: () => T): { result: T; took: number } {
  const began = process.threadCpuUsage();
  const result = work();
  const { user, system } = process.threadCpuUsage(began);
  return { result, took: (user + system) / 1_000 };
}

/** Bounds are multiplied by this. */
const slowness = Number(process.env.TEST_SLOWNESS ?? 2);

type Fields = Record<string, unknown>;

const anyCapabilities = fc.record(
  {
    add: fc.constantFrom(['SYS_ADMIN'], ['NET_BIND_SERVICE'], ['ALL'], []),
    drop: fc.constantFrom(['ALL'], ['CHOWN', 'NET_RAW'], ['all'], []),
  },
  { requiredKeys: [] },
);
const anySecurity = fc.record(
  {
    runAsUser: fc.constantFrom(0, 1000),
    runAsGroup: fc.constantFrom(0, 1000),
    runAsNonRoot: fc.boolean(),
    privileged: fc.boolean(),
    procMount: fc.constant('Unmasked'),
    allowPrivilegeEscalation: fc.boolean(),
    readOnlyRootFilesystem: fc.boolean(),
    capabilities: anyCapabilities,
    seLinuxOptions: fc.constant({ level: 's0:c1,c2' }),
    seccompProfile: fc.constantFrom({ type: 'Unconfined' }, { type: 'Localhost', localhostProfile: 'x' }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Fields>;
const anyLines = fc.constantFrom(
  ['app:/srv -> web:/html:ro; mode=copy'],
  ['app:/srv -> web:/html; owners=keep'],
  ['image(x:1):/srv -> web:/html; owners=keep'],
  ['image(x:1):/srv -> web:/html; chown=:2000; chmod=g+rwX'],
  ['a = app:/srv -> web:/html:ro; mode=copy', 'b = image(x:1):/srv -> web:/html:ro; onConflict=last'],
);

/** Undefined where it is refused. */
function applied(spec: Fields, lines: readonly string[]): Fields | undefined {
  try {
    return applyShares(
      { spec },
      lines.map((line) => parseShare(line)),
      settings,
    ).spec;
  } catch (error) {
    if (isCode(error, 'bad-input')) return undefined;
    throw error;
  }
}

/** Field and message of the first reason. */
function refused(lines: readonly string[], spec: Fields = plain): [field: string, message: string] {
  let shares: Share[];
  try {
    shares = lines.map((line) => parseShare(line));
  } catch (error) {
    if (isCode(error, 'bad-input')) return ['', error.message];
    throw error;
  }
  for (const share of shares) assert.deepEqual(parseShare(printShare(share)), share, 'printed and read it is the same');
  const [first] = refusalsOf({ spec }, shares, settings, placesIn('share', 'spec'));
  assert.ok(first, `it is accepted: ${lines.join()}`);
  return [first.field, first.message];
}

const plain: Fields = {
  containers: [
    { name: 'app', image: 'app:1' },
    { name: 'web', image: 'web:1' },
  ],
};

/** What the user wrote. */
function withoutOurs({ containers, volumes, initContainers: _, ...rest }: Fields): Fields {
  const own = (list: unknown, field: string) =>
    listOf(list).filter((each) => !String(fieldAt(each, field)).startsWith('bookend-'));
  return {
    ...rest,
    volumes: own(volumes, 'name'),
    containers: listOf(containers).map((each) => ({
      ...(isMap(each) && each),
      volumeMounts: own(fieldAt(each, 'volumeMounts'), 'name'),
    })),
  };
}
