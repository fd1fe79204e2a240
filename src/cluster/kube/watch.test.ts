import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isCode } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Query, Watch } from '../port.ts';
import type { WatchTiming } from './follow.ts';
import type { KubeCluster } from './open.ts';
import {
  configMapOf,
  discovered,
  eventually,
  type FakeAnswer,
  type FakeRequest,
  FakeServer,
  listOf,
  notServed,
  refusal,
  type Stream,
} from './testing/fake-server.ts';

const query: Query = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' };
const path = '/api/v1/namespaces/default/configmaps';

describe('a watch', () => {
  let server: FakeServer;
  let cluster: KubeCluster | undefined;
  let watch: Watch | undefined;
  let said: string[];
  let troubles: (Error | undefined)[];

  beforeEach(async () => {
    server = await FakeServer.start();
    said = [];
    troubles = [];
  });
  afterEach(async () => {
    watch?.close();
    await cluster?.close();
    await server.close();
  });

  /** Lists are answered by the first, watches by the second, in turn; the last answer is for ever. */
  const serve = (lists: FakeAnswer[], watches: FakeAnswer[]) => {
    let [listed, watched] = [0, 0];
    const take = (answers: FakeAnswer[], index: number) => answers[Math.min(index, answers.length - 1)] ?? 'reset';
    server.on('GET', path, ({ query: asked }) => {
      if (!asked.has('watch')) return take(lists, listed++);
      return take(watches, watched++);
    });
  };
  const start = async (what: Query = query, watchTiming: Partial<WatchTiming> = {}) => {
    cluster = await server.open({ watchTiming });
    watch = cluster.watch(what, {
      replace: (objects) => said.push(`replace ${objects.map(describeObject).join(' ')}`.trim()),
      changed: (object) => said.push(`changed ${describeObject(object)}`),
      removed: (object) => said.push(`removed ${describeObject(object)}`),
      trouble: (error) => troubles.push(error),
    });
  };
  const hears = (...expected: string[]) =>
    eventually(() => said.length >= expected.length).then(() => assert.deepEqual(said, expected));
  const watchesSeen = () => server.seen('GET', path).filter((request) => request.query.has('watch'));
  const listsSeen = () => server.seen('GET', path).filter((request) => !request.query.has('watch'));
  const versionsAskedFor = () => watchesSeen().map((request) => request.query.get('resourceVersion'));

  for (const line of [
    'null',
    '7',
    '"text"',
    '[]',
    '{}',
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":{"metadata":{}}}',
    '{"type":1,"object":{}}',
  ]) {
    test(`takes ${line} for trouble that it tells, and not for an object`, async () => {
      serve([listOf([], '7')], [open((stream) => stream.text(`${line}\n`))]);
      await start();
      await eventually(() => troubles.length > 0);
      assert.ok(isCode(troubles[0], 'unreachable'));
      assert.match(troubles[0].message, /something that is no event of a watch/);
      assert.deepEqual(said, ['replace']);
    });
  }

  test('takes an answer that is no list for trouble', async () => {
    serve([{ body: { kind: 'ConfigMapList', items: [{ metadata: {} }], metadata: {} } } as FakeAnswer], []);
    await start();
    await eventually(() => troubles.length > 0);
    assert.match(troubles[0]?.message ?? '', /something that is no list of objects/);
  });

  test('begins with a list and follows from there, asking for bookmarks and an end', async () => {
    serve(
      [listOf([configMapOf('a', '3')], '7')],
      [
        open((stream) =>
          stream
            .event('MODIFIED', configMapOf('a', '8'))
            .event('ADDED', configMapOf('b', '9'))
            .event('DELETED', configMapOf('a', '10')),
        ),
      ],
    );
    await start({ ...query, labelSelector: 'x=y', fieldSelector: 'metadata.name!=z' });
    await hears('replace a@3', 'changed a@8', 'changed b@9', 'removed a@10');
    const [asked] = watchesSeen();
    assert.equal(asked?.query.get('resourceVersion'), '7');
    assert.equal(asked?.query.get('allowWatchBookmarks'), 'true');
    assert.equal(asked?.query.get('labelSelector'), 'x=y');
    assert.equal(asked?.query.get('fieldSelector'), 'metadata.name!=z');
    assert.equal(asked?.query.get('timeoutSeconds'), '300');
    assert.deepEqual(troubles, []);
  });

  test('carries on from the last bookmark when the server ends it, without a word of trouble', async () => {
    serve(
      [listOf([], '7')],
      [open((stream) => stream.bookmark('20').end()), open((stream) => stream.event('ADDED', configMapOf('b', '21')))],
    );
    await start();
    await hears('replace', 'changed b@21');
    assert.deepEqual(versionsAskedFor(), ['7', '20']);
    assert.equal(listsSeen().length, 1);
    assert.deepEqual(troubles, []);
  });

  test('carries on from the last event when the connection is cut in the middle of the next, and says so', async () => {
    const half = JSON.stringify({ type: 'ADDED', object: configMapOf('c', '9') }).slice(0, 40);
    serve(
      [listOf([], '7')],
      [
        open((stream) => stream.event('ADDED', configMapOf('b', '8')).text(half).reset()),
        open((stream) => stream.event('ADDED', configMapOf('c', '9'))),
      ],
    );
    await start();
    await hears('replace', 'changed b@8', 'changed c@9');
    assert.deepEqual(versionsAskedFor(), ['7', '8']);
    assert.equal(troubles.length, 2);
    assert.ok(isCode(troubles[0], 'unreachable'));
    assert.equal(troubles[1], undefined);
  });

  test('understands events that arrive in pieces', async () => {
    const text = `${JSON.stringify({ type: 'ADDED', object: configMapOf('ä', '8') })}\n`;
    serve(
      [listOf([], '7')],
      [
        open(async (stream) => {
          for (let at = 0; at < text.length; at += 20) {
            stream.text(text.slice(at, at + 20));
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        }),
      ],
    );
    await start();
    await hears('replace', 'changed ä@8');
  });

  test('lists anew when the server has forgotten the version, told by status or by event', async () => {
    const gone = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old resource version' };
    serve(
      [listOf([configMapOf('a', '1')], '7'), listOf([configMapOf('b', '2')], '8'), listOf([configMapOf('c', '3')], '9')],
      [open((stream) => stream.event('ERROR', gone)), refusal(410, 'Expired'), open(() => undefined)],
    );
    await start();
    await hears('replace a@1', 'replace b@2', 'replace c@3');
    await eventually(() => watchesSeen().length === 3);
    assert.deepEqual(versionsAskedFor(), ['7', '8', '9']);
  });

  test('waits as long as a 429 says', async () => {
    const begun = performance.now();
    serve([listOf([], '7')], [refusal(429, 'TooManyRequests', 'slow', {}, { 'retry-after': '1' }), open(() => undefined)]);
    await start();
    await eventually(() => watchesSeen().length === 2);
    assert.ok(performance.now() - begun >= 990);
    assert.ok(isCode(troubles[0], 'throttled'));
  });

  test('goes on trying through 500s of lists and watches, and says when it works again', async () => {
    const broken = refusal(500, 'InternalError', 'etcd is away');
    serve(
      [broken, broken, listOf([], '7')],
      [broken, broken, broken, open((stream) => stream.event('ADDED', configMapOf('b', '8')))],
    );
    await start();
    await hears('replace', 'changed b@8');
    assert.equal(troubles.filter((trouble) => isCode(trouble, 'unreachable')).length, 5);
    assert.equal(troubles.at(-1), undefined);
  });

  test('goes on trying while it is forbidden', async () => {
    const forbidden = refusal(
      403,
      'Forbidden',
      'configmaps is forbidden: User "x" cannot list resource "configmaps" in API group ""',
    );
    serve([forbidden, forbidden, listOf([], '7')], [open(() => undefined)]);
    await start();
    await hears('replace');
    await eventually(() => troubles.length === 3);
    assert.ok(isCode(troubles[0], 'forbidden'));
    assert.equal(troubles[2], undefined);
  });

  test('survives a restart of the API server', async () => {
    serve([listOf([configMapOf('a', '1')], '7')], [open((stream) => stream.bookmark('8'))]);
    await start();
    await eventually(() => watchesSeen().length === 1 && said.length === 1);
    const { port } = server;
    await server.stop();
    await eventually(() => troubles.filter(Boolean).length >= 2);
    server = await FakeServer.start({ port });
    serve([listOf([], '99')], [open((stream) => stream.event('ADDED', configMapOf('b', '9')))]);
    await hears('replace a@1', 'changed b@9');
    assert.deepEqual(versionsAskedFor(), ['8']);
    await eventually(() => troubles.at(-1) === undefined);
  });

  test('does not ask again at once, for ever, when the server ends every watch at once', async () => {
    serve([listOf([], '7')], [open((stream) => stream.end())]);
    await start(query, { mostWaitMs: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 400));
    // Waits of 50, 100, 200 ms.
    assert.ok(watchesSeen().length <= 4, `${watchesSeen().length} watches`);
    assert.deepEqual(troubles, []);
  });

  test('notices that a connection has silently died, by the bookmarks that no longer come', async () => {
    serve(
      [listOf([], '7')],
      [open((stream) => stream.bookmark('8')), open((stream) => stream.event('ADDED', configMapOf('b', '9')))],
    );
    await start(query, { silenceMs: 60 });
    await hears('replace', 'changed b@9');
    assert.deepEqual(versionsAskedFor(), ['7', '8']);
    assert.ok(isCode(troubles[0], 'unreachable') && /fell silent/.test(troubles[0].message));
  });

  test('does not take quiet for death where bookmarks were never sent', async () => {
    serve([listOf([], '7')], [open(() => undefined)]);
    await start(query, { silenceMs: 30 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(watchesSeen().length, 1);
  });

  test('asks for metadata only, and cuts down what comes whole all the same', async () => {
    serve([listOf([configMapOf('a', '1', { data: { secret: 'x' } })], '7')], [open(() => undefined)]);
    cluster = await server.open();
    let got: KubernetesObject[] = [];
    watch = cluster.watch(
      { ...query, metadataOnly: true },
      {
        replace: (objects) => {
          got = objects;
        },
        changed: () => undefined,
        removed: () => undefined,
      },
    );
    await eventually(() => watchesSeen().length === 1);
    assert.deepEqual(got, [configMapOf('a', '1')]);
    assert.match(listsSeen()[0]?.headers.accept ?? '', /as=PartialObjectMetadataList/);
    assert.match(watchesSeen()[0]?.headers.accept ?? '', /as=PartialObjectMetadata;/);
  });

  test('is made with the rights of the account that it is for', async () => {
    serve([listOf([], '7')], [open(() => undefined)]);
    cluster = await server.open();
    watch = cluster
      .as({ user: 'somebody' })
      .watch(query, { replace: () => undefined, changed: () => undefined, removed: () => undefined });
    await eventually(() => watchesSeen().length === 1);
    assert.ok(server.seen('GET', path).every(({ headers }) => headers['impersonate-user'] === 'somebody'));
  });

  test('says nothing after close, not even the rest of what has arrived already', async () => {
    const events = (stream: Stream) => {
      for (let version = 8; version < 200; version += 1) stream.event('ADDED', configMapOf('b', String(version)));
    };
    serve([listOf([], '7')], [open(events)]);
    cluster = await server.open();
    const inner = cluster.watch(query, {
      replace: () => said.push('replace'),
      changed: () => {
        said.push('changed');
        inner.close();
      },
      removed: () => said.push('removed'),
    });
    await eventually(() => said.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(said, ['replace', 'changed']);
  });

  test('lets its connection go when it is closed, and when the cluster is', async () => {
    let ended = 0;
    const held = open((stream) =>
      stream.onClose(() => {
        ended += 1;
      }),
    );
    serve([listOf([], '7')], [held]);
    await start();
    await eventually(() => watchesSeen().length === 1);
    watch?.close();
    await eventually(() => ended === 1);
    await start();
    await eventually(() => watchesSeen().length === 2);
    await cluster?.close();
    await eventually(() => ended === 2);
    assert.deepEqual(troubles, []);
  });

  describe('of a kind', () => {
    const widgets: Query = { apiVersion: 'example.com/v1', kind: 'Widget' };
    const widgetPath = '/apis/example.com/v1/widgets';
    const served = (...versions: string[]) =>
      versions.length === 0
        ? discovered('', 'v1', [])
        : {
            body: {
              kind: 'APIGroupDiscoveryList',
              items: versions.map((version) => ({
                metadata: { name: 'example.com' },
                versions: [
                  { version, resources: [{ resource: 'widgets', responseKind: { kind: 'Widget' }, verbs: ['list', 'watch'] }] },
                ],
              })),
            },
          };
    const withWidget = () => {
      server.on('GET', '/apis', served('v1'));
      server.on('GET', widgetPath, ({ query: asked }: FakeRequest) =>
        asked.has('watch') ? open((stream) => stream.end()) : listOf([configMapOf('w', '1')], '7'),
      );
    };

    test('that does not exist is trouble until it does', async () => {
      await start(widgets);
      await eventually(() => isCode(troubles[0], 'not-found'));
      withWidget();
      await hears('replace w@1');
    });

    test('that ceases to exist ends in an empty state', async () => {
      withWidget();
      await start(widgets);
      await hears('replace w@1');
      server.on('GET', '/apis', served()).on('GET', widgetPath, notServed());
      await hears('replace w@1', 'replace');
      await eventually(() => isCode(troubles.at(-1), 'not-found'));
    });

    test('of which only this version ceases to exist keeps its state: the objects are still there', async () => {
      withWidget();
      await start(widgets);
      await hears('replace w@1');
      server.on('GET', '/apis', served('v2')).on('GET', widgetPath, notServed());
      await eventually(() => troubles.filter((trouble) => isCode(trouble, 'not-found')).length > 2);
      assert.deepEqual(said, ['replace w@1']);
    });
  });
});

function open(stream: (stream: Stream) => unknown): FakeAnswer {
  return { stream: (given) => void stream(given) };
}

function describeObject({ metadata }: KubernetesObject): string {
  return `${metadata.name}@${metadata.resourceVersion}`;
}
