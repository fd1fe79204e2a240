/** watch: begins with the whole state, follows it, and agrees with a list in the end. */
import assert from 'node:assert/strict';
import { isCode } from '../../errors.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Query, WatchListener } from '../port.ts';
import {
  configMap,
  configMapRef,
  hold,
  names,
  onlyTwo,
  ourConfigMaps,
  widget,
  widgetDefinition,
  widgetGroup,
} from './samples.ts';
import { type ContractTest, type MakeSubject, onSubject, type Subject } from './subject.ts';

export function watching(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);
  states(it);
  selections(it);
  ends(it);
  kinds(onSubject(makeSubject, ['custom-resources']));
}

function states(it: ContractTest): void {
  it('begins with everything that is there', async (subject) => {
    await subject.cluster.create(configMap(subject.namespace, 'one'));
    await subject.cluster.create(configMap(subject.namespace, 'two'));
    await observing(subject, {}, async (seen) => {
      await subject.until(() => seen.calls.length > 0);
      assert.equal(seen.calls[0]?.call, 'replace');
      assert.deepEqual([...seen.state.keys()].sort(), ['one', 'two']);
    });
  });

  it('begins with an empty state where there is nothing', async (subject) => {
    await observing(subject, {}, async (seen) => {
      await subject.until(() => seen.calls.length > 0);
      assert.deepEqual(seen.calls, [{ call: 'replace', names: [] }]);
    });
  });

  it('tells of creation, change and removal, with apiVersion and kind', async (subject) => {
    const { cluster, namespace, until } = subject;
    await observing(subject, {}, async (seen) => {
      await until(() => seen.calls.length > 0);
      await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
      await until(() => seen.state.has('one'));
      assert.equal(seen.state.get('one')?.kind, 'ConfigMap');
      assert.equal(seen.state.get('one')?.apiVersion, 'v1');
      const patched = await cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { data: { a: '2' } } });
      await until(() => (seen.state.get('one')?.data as Record<string, string>)?.a === '2');
      assert.deepEqual(seen.state.get('one'), patched);
      await cluster.delete(configMapRef(namespace, 'one'));
      await until(() => !seen.state.has('one'));
      assert.equal(seen.removed[0]?.metadata.uid, patched.metadata.uid);
    });
  });
}

function selections(it: ContractTest): void {
  it('tells of nothing but what the query keeps', async (subject) => {
    const { cluster, namespace, until } = subject;
    await cluster.create(configMap(namespace, 'one'));
    await observing(subject, { keep: onlyTwo }, async (seen) => {
      await until(() => seen.calls.length > 0);
      await cluster.create(configMap(namespace, 'three'));
      await cluster.create(configMap(namespace, 'two'));
      await until(() => seen.state.has('two'));
      await cluster.delete(configMapRef(namespace, 'three'));
      await cluster.delete(configMapRef(namespace, 'two'));
      await until(() => !seen.state.has('two'));
      assert.deepEqual(seen.calls[0], { call: 'replace', names: [] });
      assert.deepEqual(names(seen.removed), ['two']);
    });
  });

  it('tells that a held object is terminating before it tells that it is gone', async (subject) => {
    const { cluster, namespace, until } = subject;
    await cluster.create(configMap(namespace, 'one', { finalizers: [hold] }));
    await observing(subject, {}, async (seen) => {
      await until(() => seen.state.has('one'));
      await cluster.delete(configMapRef(namespace, 'one'));
      await until(() => seen.state.get('one')?.metadata.deletionTimestamp !== undefined);
      await cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { metadata: { finalizers: null } } });
      await until(() => !seen.state.has('one'));
    });
  });

  it('an object whose labels no longer match leaves the watch, and comes back when they do', async (subject) => {
    const { cluster, namespace, until } = subject;
    await cluster.create(configMap(namespace, 'one', { labels: { colour: 'red' } }));
    const paint = (colour: string) =>
      cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { metadata: { labels: { colour } } } });
    await observing(subject, { labelSelector: 'suite=contract,colour=red' }, async (seen) => {
      await until(() => seen.state.has('one'));
      await paint('blue');
      await until(() => !seen.state.has('one'));
      assert.deepEqual(names(seen.removed), ['one']);
      await paint('red');
      await until(() => seen.state.has('one'));
    });
  });

  it('follows one object by its name', async (subject) => {
    const { cluster, namespace, until, settle } = subject;
    await observing(subject, { fieldSelector: 'metadata.name=two' }, async (seen) => {
      await until(() => seen.calls.length > 0);
      await cluster.create(configMap(namespace, 'one'));
      await cluster.create(configMap(namespace, 'two'));
      await until(() => seen.state.has('two'));
      await settle();
      assert.deepEqual([...seen.state.keys()], ['two']);
    });
  });

  it('tells only the metadata on request, under the true apiVersion and kind', async (subject) => {
    const { cluster, namespace, until } = subject;
    await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    await observing(subject, { metadataOnly: true }, async (seen) => {
      await until(() => seen.state.has('one'));
      await cluster.create(configMap(namespace, 'two', { data: { a: '1' } }));
      await until(() => seen.state.has('two'));
      for (const object of seen.state.values()) {
        assert.deepEqual(Object.keys(object).sort(), ['apiVersion', 'kind', 'metadata']);
        assert.equal(`${object.apiVersion} ${object.kind}`, 'v1 ConfigMap');
      }
    });
  });
}

function ends(it: ContractTest): void {
  it('says nothing more after close', async (subject) => {
    const { cluster, namespace, until, settle } = subject;
    await observing(subject, {}, async (seen) => {
      await until(() => seen.calls.length > 0);
      seen.close();
      const before = seen.calls.length;
      await cluster.create(configMap(namespace, 'one'));
      await settle();
      assert.equal(seen.calls.length, before);
    });
  });

  it('may be closed from within its own listener, and says nothing more', async (subject) => {
    const { cluster, namespace, until, settle } = subject;
    let calls = 0;
    await cluster.create(configMap(namespace, 'one'));
    const count = () => {
      calls += 1;
      watch.close();
    };
    const watch = cluster.watch(ourConfigMaps(namespace), { replace: count, changed: count, removed: count });
    await until(() => calls > 0);
    await cluster.create(configMap(namespace, 'two'));
    await settle();
    assert.equal(calls, 1);
  });

  it('two watches and a list agree in the end, however much happened', async (subject) => {
    const { cluster, namespace, until } = subject;
    const churn = async (name: string, rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        await cluster.create(configMap(namespace, name, { data: { round: String(round) } }));
        await cluster.patch(configMapRef(namespace, name), { type: 'merge', value: { data: { more: 'x' } } });
        if (round < rounds - 1 || name.endsWith('gone')) await cluster.delete(configMapRef(namespace, name));
      }
    };
    await observing(subject, {}, async (early) => {
      const churning = Promise.all(['a', 'b', 'c', 'd-gone', 'e', 'f-gone'].map((name) => churn(name, 4)));
      await observing(subject, {}, async (late) => {
        await churning;
        const { items } = await cluster.list(ourConfigMaps(namespace));
        assert.deepEqual(names(items), ['a', 'b', 'c', 'e']);
        await until(() => same(early.state, items) && same(late.state, items));
      });
    });
  });
}

function kinds(it: ContractTest): void {
  it('a kind that does not exist yet is trouble until it does; when it goes, its objects go', async (subject) => {
    const { cluster, namespace, until } = subject;
    const query = { apiVersion: `${widgetGroup(namespace)}/v1`, kind: 'Widget', namespace };
    await observing(subject, query, async (seen) => {
      await until(() => isCode(seen.troubles[0], 'not-found'));
      assert.deepEqual(seen.calls, []);
      const definition = await cluster.create(widgetDefinition(namespace));
      try {
        await until(() => seen.calls.length > 0, 60_000);
        await until(() => seen.troubles.at(-1) === undefined);
        await cluster.create(widget(namespace, 'one'));
        await until(() => seen.state.has('one'));
      } finally {
        await cluster.delete(refOf(definition));
      }
      await until(() => seen.state.size === 0);
    });
  });
}

type Seen = {
  state: Map<string, KubernetesObject>;
  calls: { call: 'replace' | 'changed' | 'removed'; names: string[] }[];
  removed: KubernetesObject[];
  troubles: (Error | undefined)[];
  close(): void;
};

/**
 * Watches the test's ConfigMaps (or what `query` says instead), keeps what was told, and closes the watch in the end.
 */
async function observing(
  { cluster, namespace }: Subject,
  query: Partial<Query>,
  body: (seen: Seen) => Promise<void>,
): Promise<void> {
  const state = new Map<string, KubernetesObject>();
  const seen: Omit<Seen, 'close'> = { state, calls: [], removed: [], troubles: [] };
  const listener: WatchListener = {
    replace: (objects) => {
      seen.calls.push({ call: 'replace', names: names(objects) });
      state.clear();
      for (const object of objects) state.set(object.metadata.name, object);
    },
    changed: (object) => {
      seen.calls.push({ call: 'changed', names: [object.metadata.name] });
      state.set(object.metadata.name, object);
    },
    removed: (object) => {
      seen.calls.push({ call: 'removed', names: [object.metadata.name] });
      seen.removed.push(object);
      state.delete(object.metadata.name);
    },
    trouble: (error) => seen.troubles.push(error),
  };
  const whole = query.kind ? { ...query } : ourConfigMaps(namespace, query);
  const watch = cluster.watch(whole as Query, listener);
  try {
    await body({ ...seen, close: () => watch.close() });
  } finally {
    watch.close();
  }
}

function same(state: Map<string, KubernetesObject>, items: KubernetesObject[]): boolean {
  return (
    state.size === items.length &&
    items.every((item) => state.get(item.metadata.name)?.metadata.resourceVersion === item.metadata.resourceVersion)
  );
}
