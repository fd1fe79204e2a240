/**
 * Containers that copies add pass where the Pod passes: they have what the source container has, and nothing besides.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt } from '../objects/fields.ts';
import type { Fields } from './spec.ts';
import { container, podSpec, refused, shared } from './testing/shared.ts';

const line = 'www = app:/srv/www -> web:/html:ro';
const contextOf = (spec: Fields, name = 'bookend-share-www') => fieldAt(container(shared(spec, line), name), 'securityContext');
const plain = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };

describe('The security context of a copy', () => {
  test('adds no capability to a Pod that names none, and no profile that nobody asked for', () => {
    assert.deepEqual(contextOf(podSpec()), plain);
    assert.deepEqual(contextOf(podSpec(), 'bookend-seed'), { ...plain, runAsNonRoot: true, capabilities: { drop: ['ALL'] } });
  });

  test('is that of the source container: user, group, labels, and what it drops', () => {
    const own = {
      runAsUser: 0,
      runAsGroup: 3,
      seLinuxOptions: { level: 's0' },
      capabilities: { drop: ['NET_RAW'], add: ['SYS_TIME'] },
    };
    const { capabilities, ...rest } = own;
    assert.deepEqual(contextOf(podSpec({}, { securityContext: own })), {
      ...rest,
      ...plain,
      capabilities: { drop: capabilities.drop },
    });
  });

  test('drops everything where the user can never be root, as *restricted* asks', () => {
    for (const [pod, app] of [
      [{ runAsNonRoot: true }, {}],
      [{}, { runAsUser: 1000 }],
      [{ runAsUser: 0 }, { runAsNonRoot: true, runAsUser: 7 }],
    ] as const) {
      const spec = podSpec({ securityContext: pod }, { securityContext: app });
      assert.deepEqual(fieldAt(contextOf(spec), 'capabilities'), { drop: ['ALL'] }, JSON.stringify({ pod, app }));
    }
  });

  test('runs the tool as the user that a policy wants for every container', () => {
    const spec = podSpec({}, { securityContext: { runAsUser: 1000650000, runAsGroup: 5 } });
    assert.deepEqual(contextOf(spec, 'bookend-seed'), {
      ...plain,
      runAsUser: 1000650000,
      runAsGroup: 5,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('names a profile where the source container names its own and the Pod none', () => {
    const seccompProfile = { type: 'RuntimeDefault' };
    assert.deepEqual(contextOf(podSpec({}, { securityContext: { seccompProfile } })), { ...plain, seccompProfile });
    assert.deepEqual(contextOf(podSpec({ securityContext: { seccompProfile } })), plain);
  });
});

describe('owners=keep', () => {
  const keep = `${line}; owners=keep`;

  test('adds the four capabilities that a copy by root needs for it, and only then', () => {
    const spec = shared(podSpec(), keep);
    assert.deepEqual(fieldAt(container(spec, 'bookend-share-www'), 'securityContext', 'capabilities'), {
      drop: ['ALL'],
      add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'],
    });
    assert.deepEqual(container(spec, 'bookend-share-www').command, [
      ...['/.bookend/tools/seed', 'copy', '/srv/www', '/.bookend/share', '--owners=keep'],
    ]);
  });

  test('is refused with the reason where the Pod is restricted', () => {
    const why = (pod: Fields, app: Fields = {}) => refused(podSpec({ securityContext: pod }, { securityContext: app }), keep)[0];
    assert.match(why({ runAsNonRoot: true }) ?? '', /^share\[0\]\.owners: .* the Pod has runAsNonRoot: true\. Leave out owners/);
    assert.match(why({}, { runAsUser: 7 }) ?? '', /container app has runAsUser: 7/);
    assert.match(
      why({}, { capabilities: { drop: ['ALL'], add: ['CHOWN'] } }) ?? '',
      /container app drops the capabilities DAC_OVERRIDE, FOWNER, FSETID/,
    );
    assert.equal(why({}, { capabilities: { drop: ['ALL'], add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] } }), undefined);
  });
});

describe('chown and chmod', () => {
  const why = (option: string, pod: Fields = {}, app: Fields = {}) =>
    refused(podSpec({ securityContext: pod }, { securityContext: app }), `${line}; ${option}`).join('; ');

  test('go to the tool as they are written', () => {
    const spec = shared(podSpec(), `${line}; chown=1000:2000; chmod=u=rwX,go=rX`);
    assert.deepEqual((container(spec, 'bookend-share-www').command as string[]).slice(4), [
      '--chown=1000:2000',
      '--chmod=u=rwX,go=rX',
    ]);
  });

  test('to another user are for root; a group is for its members too', () => {
    assert.equal(why('chown=1000'), '');
    assert.match(
      why('chown=1000', { runAsNonRoot: true }),
      /only root can change the owner of files, and the Pod has runAsNonRoot: true/,
    );
    assert.equal(why('chown=7:2000', { fsGroup: 2000 }, { runAsUser: 7 }), '');
    assert.match(why('chown=:2000', {}, { runAsUser: 7 }), /container app has runAsUser: 7\. Add fsGroup: 2000/);
    assert.match(why('chown=1000', {}, { capabilities: { drop: ['ALL'] } }), /drops the capabilities CHOWN/);
  });

  test('that are none are refused, flags of programs too', () => {
    for (const bad of ['root', '--help', '1:2:3', ':', '-1', '99999999999'])
      assert.match(why(`chown=${bad}`), /must be UID/, bad);
    for (const bad of ['rwx', '99', '--reference=/etc', '07777777', 'g+rwx;', 'u:x'])
      assert.match(why(`chmod="${bad}"`), /must be octal/, bad);
    for (const good of ['0755', '644', 'g+rwX', 'g=u', 'a-w,u+w', '+x', 'go=']) assert.equal(why(`chmod=${good}`), '', good);
    assert.match(why('owners=keep; chown=5'), /cannot be combined with owners=keep/);
  });

  test('have no sense without a copy', () => {
    assert.match(
      refused(podSpec(), 'app:/x, web:/x; chmod=0755').join(),
      /share\[0\]\.chmod: does not apply to an empty directory/,
    );
    assert.match(
      refused(podSpec(), 'app:/x -> web:/x:ro; mode=image; onConflict=last').join(),
      /does not apply to an image volume/,
    );
  });
});
