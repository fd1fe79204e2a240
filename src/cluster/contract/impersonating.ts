/** Impersonation: requests made with somebody else's rights, and refusals that say which right is missing. */
import assert from 'node:assert/strict';
import { isCode } from '../../errors.ts';
import { serviceAccountUser } from '../../objects/service-accounts.ts';
import { configMap, configMapRef, names, ourConfigMaps } from './samples.ts';
import { type MakeSubject, onSubject, type Subject } from './subject.ts';

const rbac = 'rbac.authorization.k8s.io';

export function impersonating(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, ['rbac']);

  it('an account without rights is refused, and the refusal names verb, resource and account', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one'));
    const user = serviceAccountUser(namespace, 'nobody');
    const nobody = cluster.as({ user });
    const attempts: [string, () => Promise<unknown>][] = [
      ['get', () => nobody.get(configMapRef(namespace, 'one'))],
      ['list', () => nobody.list(ourConfigMaps(namespace))],
      ['create', () => nobody.create(configMap(namespace, 'two'))],
      ['patch', () => nobody.apply(configMap(namespace, 'one'), { fieldManager: 'nobody' })],
      ['patch', () => nobody.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { data: {} } })],
      ['delete', () => nobody.delete(configMapRef(namespace, 'one'))],
    ];
    for (const [verb, attempt] of attempts) {
      await assert.rejects(attempt(), (error) => {
        assert.ok(isCode(error, 'forbidden'), `${verb}: ${error}`);
        for (const word of [verb, 'configmaps', user]) assert.ok(error.message.includes(word), `${word} in ${error.message}`);
        return true;
      });
    }
    assert.ok(await cluster.get(configMapRef(namespace, 'one')));
  });

  it('an account may do what a Role grants it, no more, and only in that namespace', async (subject) => {
    const { cluster, namespace, until } = subject;
    await cluster.create(configMap(namespace, 'one'));
    await grant(subject, 'reader', ['get', 'list']);
    const reader = cluster.as({ user: serviceAccountUser(namespace, 'reader') });
    await until(() => allowed(reader.list(ourConfigMaps(namespace))));
    assert.deepEqual(names((await reader.list(ourConfigMaps(namespace))).items), ['one']);
    await assert.rejects(reader.delete(configMapRef(namespace, 'one')), { code: 'forbidden' });
    await assert.rejects(reader.list(ourConfigMaps('default')), { code: 'forbidden' });
  });

  it('a right is gone when its RoleBinding is gone', async (subject) => {
    const { cluster, namespace, until } = subject;
    await grant(subject, 'reader', ['list']);
    const reader = cluster.as({ user: serviceAccountUser(namespace, 'reader') });
    await until(() => allowed(reader.list(ourConfigMaps(namespace))));
    await cluster.delete({ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', namespace, name: 'reader' });
    await until(async () => !(await allowed(reader.list(ourConfigMaps(namespace)))));
  });

  it('a watch without the right to it says so and begins when the right is given', async (subject) => {
    const { cluster, namespace, until } = subject;
    await cluster.create(configMap(namespace, 'one'));
    let seen: string[] | undefined;
    const troubles: (Error | undefined)[] = [];
    const watch = cluster.as({ user: serviceAccountUser(namespace, 'watcher') }).watch(ourConfigMaps(namespace), {
      replace: (objects) => {
        seen = names(objects);
      },
      changed: () => undefined,
      removed: () => undefined,
      trouble: (error) => troubles.push(error),
    });
    try {
      await until(() => isCode(troubles[0], 'forbidden'));
      assert.equal(seen, undefined);
      await grant(subject, 'watcher', ['get', 'list', 'watch']);
      await until(() => seen !== undefined, 60_000);
      assert.deepEqual(seen, ['one']);
      await until(() => troubles.at(-1) === undefined);
    } finally {
      watch.close();
    }
  });

  it('a group can be impersonated too', async ({ cluster, namespace }) => {
    const admin = cluster.as({ user: 'contract-admin', groups: ['system:masters'] });
    assert.ok(await admin.create(configMap(namespace, 'one')));
  });
}

/** Lets the namespace's ServiceAccount `name` use ConfigMaps with these verbs. */
async function grant({ cluster, namespace }: Subject, name: string, verbs: string[]): Promise<void> {
  await cluster.create({
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name, namespace },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
  });
  await cluster.create({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}

function allowed(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    (error: unknown) => {
      if (isCode(error, 'forbidden')) return false;
      throw error;
    },
  );
}
