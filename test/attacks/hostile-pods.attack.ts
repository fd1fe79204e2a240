/**
 * One Pod must not stop the operator for everybody: neither by its share annotations, nor by what it sends to the
 * webhook, nor by connections that it opens and leaves. A teardown of somebody else goes on undisturbed beside each of
 * them.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../../src/cluster/port.ts';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { patienceMs, until } from '../../tools/lab/observe.ts';
import { access, inOne, workloadOf } from '../e2e/objects.ts';
import { assertUnbroken, whilePodsAreCreated } from '../e2e/pod-stream.ts';
import { bringUp, deleteResource, operatorNamespace, untilGone, untilStopping } from '../e2e/support.ts';
import { idlePod, nodeImage, phaseOf, platformOperator, tenantOf, useAttacked, whileWatched } from './support.ts';

/**
 * The webhook promises an answer within 1 s; the API server, this machine and seven other programs on it take their
 * time too.
 */
const answerWithinMs = 3_000;

/**
 * So long a busy machine may keep the health page waiting; what blocks the operator does it for minutes, and the
 * liveness probe ends it after 15 s.
 */
const silentMs = 10_000;

describe('Hostile Pods', () => {
  const attacked = useAttacked('hostile-pods');
  const { namespace } = attacked;

  const tenant = async (): Promise<Cluster> => {
    const cluster = await tenantOf(attacked, namespace);
    await until('the rights of the tenant', () =>
      cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace }).catch(() => undefined),
    );
    return cluster;
  };

  /**
   * Runs `attack` while a teardown of the platform's is under way; that must end, the operator must stay alive and
   * responsive.
   */
  async function besideATeardown<T>(name: string, attack: () => Promise<T>): Promise<T> {
    const objects = [...access(name, namespace), workloadOf(name, { kind: 'Deployment', stopSeconds: 2, graceSeconds: 60 })];
    await bringUp(attacked, platformOperator(name, namespace, inOne(...objects)));
    const { result, slowestMs } = await whileWatched(attacked, async () => {
      await deleteResource(attacked, name);
      await untilStopping(attacked, name);
      const outcome = await attack();
      await untilGone(attacked, name);
      return outcome;
    });
    assert.ok(slowestMs < silentMs, `the operator was silent for ${Math.round(slowestMs)} ms`);
    return result;
  }

  test('share annotations of 600 kB on one Pod are answered or refused at once', async () => {
    const mallory = await tenant();
    const began = performance.now();
    const took = await besideATeardown('e2e-annotated', async () => {
      const started = performance.now();
      // Too many annotations for a Pod: validation says so, but only after the webhook was asked.
      await mallory.create(manyShares('e2e-many', namespace, 60, 1_000), { dryRun: true }).catch(() => undefined);
      return performance.now() - started;
    });
    assert.ok(took < answerWithinMs, `it took ${Math.round(took)} ms`);
    assert.ok(performance.now() - began < patienceMs);
  });

  test('share annotations of 230 kB, which Kubernetes allows, are answered or refused at once', async () => {
    const mallory = await tenant();
    const took = await besideATeardown('e2e-allowed', async () => {
      const started = performance.now();
      await mallory.create(manyShares('e2e-fewer', namespace, 22, 1_000), { dryRun: true }).catch(() => undefined);
      return performance.now() - started;
    });
    assert.ok(took < answerWithinMs, `it took ${Math.round(took)} ms`);
  });

  test('whatever another Pod sends to the webhook is answered, refused or cut off at once, and Pods of others get their shares meanwhile', async () => {
    const mallory = await tenant();
    const { answers, stream } = await besideATeardown('e2e-posted', async () => {
      let answers: { what: string; ms: number; answer: string }[] = [];
      const stream = await whilePodsAreCreated(attacked.cluster, 'default', async () => {
        await mallory.create(scriptPod('e2e-poster', namespace, posting));
        answers = (await resultOf(mallory, 'e2e-poster')) as typeof answers;
      });
      return { answers, stream };
    });
    assert.ok(answers.length >= 12, JSON.stringify(answers));
    for (const { what, ms, answer } of answers) assert.ok(ms < answerWithinMs, `${what}: ${answer} after ${Math.round(ms)} ms`);
    assertUnbroken(stream);
    assert.ok(stream.slowestMs < 2 * answerWithinMs, `one Pod of somebody else's waited for ${Math.round(stream.slowestMs)} ms`);
  });

  async function resultOf(mallory: Cluster, name: string): Promise<unknown> {
    await until(`Pod ${name} to have ended`, async () =>
      /Succeeded|Failed/.test(phaseOf(await mallory.get({ apiVersion: 'v1', kind: 'Pod', namespace, name }))),
    );
    const { stdout } = await attacked.lab.run('kubectl', ['logs', '-n', namespace, name]);
    await attacked.cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { gracePeriodSeconds: 0 });
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    assert.match(last, /^\[/, stdout);
    return JSON.parse(last);
  }
});

/** `shares` shares, each for `containers` containers that the Pod does not have. */
function manyShares(name: string, namespace: string, shares: number, containers: number): KubernetesObject {
  const pod = idlePod(name, namespace, { 'share.bookend.dev/inject': 'true' });
  const line = Array.from({ length: containers }, (_, index) => `c${index}:/s`).join(', ');
  const annotations = Object.fromEntries(
    Array.from({ length: shares }, (_, index) => [`share.bookend.dev/s${index}`, line.replaceAll(':/s', `:/s${index}`)]),
  );
  const main = listOf(fieldAt(pod, 'spec', 'containers'))[0];
  const many = Array.from({ length: containers }, (_, index) => ({ ...(main as object), name: `c${index}` }));
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec: { containers: many } };
}

function scriptPod(name: string, namespace: string, script: string): KubernetesObject {
  const containers = [{ name: 'main', image: nodeImage, args: ['--input-type=module', '-e', script] }];
  return idlePod(name, namespace, { app: name }, { restartPolicy: 'Never', containers });
}

/** Posts hostile bodies to the webhook's Service, several at a time, and prints what became of each. */
const posting = `
import https from 'node:https';
const host = 'bookend-webhook.${operatorNamespace}.svc';
const post = (what, body, { headers = {}, end = true } = {}) => new Promise((resolve) => {
  const began = performance.now();
  const done = (answer) => resolve({ what, ms: performance.now() - began, answer: String(answer) });
  const options = { host, port: 443, path: '/share', method: 'POST', rejectUnauthorized: false, agent: false, timeout: 60000, headers: { 'content-type': 'application/json', ...headers } };
  const request = https.request(options, (response) => { response.resume(); response.on('end', () => done(response.statusCode)); response.on('error', (error) => done(error.code)); });
  request.on('timeout', () => request.destroy(new Error('nothing for a minute')));
  request.on('error', (error) => done(error.code ?? error.message));
  if (end) request.end(body); else request.write(body);
});
const review = (annotations, containers) => JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: {
  uid: 'u', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' }, operation: 'CREATE', namespace: 'default', name: 'x', userInfo: {},
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', labels: { 'share.bookend.dev/inject': 'true' }, annotations }, spec: { containers } } } });
const names = (count) => Array.from({ length: count }, (_, index) => 'c' + index);
const containersOf = (count) => names(count).map((name) => ({ name, image: 'x' }));
const sharesOf = (count, containers) => Object.fromEntries(Array.from({ length: count }, (_, index) => ['share.bookend.dev/s' + index, names(containers).map((name) => name + ':/s' + index).join(', ')]));
const answers = [];
answers.push(await post('60 shares of 1000 containers', review(sharesOf(60, 1000), containersOf(1000))));
answers.push(await post('one line of 2 MB', review({ 'share.bookend.dev/long': 'a'.repeat(2000000) }, containersOf(1))));
answers.push(await post('a deep document', '['.repeat(1000000)));
answers.push(await post('12 MB', review({ 'share.bookend.dev/long': 'a:/b, '.repeat(2000000) }, containersOf(1))));
answers.push(...await Promise.all(Array.from({ length: 8 }, () => post('60 shares, eight at a time', review(sharesOf(60, 1000), containersOf(1000))))));
// Bodies that never end must not keep others out.
const held = Array.from({ length: 100 }, () => post('a body that never ends', '{', { end: false, headers: { 'content-length': '100000' } }));
void held;
await new Promise((resolve) => setTimeout(resolve, 3000));
console.log(JSON.stringify(answers));
process.exit(0);
`;
