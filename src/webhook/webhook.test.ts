/**
 * The webhook as the API server meets it: over a real TLS connection that trusts nothing but the caBundle, with the
 * Service's name. The cluster behind it is simulated.
 */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { fieldAt, listOf } from '../objects/fields.ts';
import type { Admit } from './admission/answer.ts';
import { answerDirectly } from './testing/direct.ts';
import { Webhook } from './webhook.ts';

const name = 'bookend-webhook';
const namespace = 'bookend-system';
const server = `${name}.${namespace}.svc`;
const configurationRef = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', name };
const nothing = () => {};

describe('The webhook', () => {
  const open: Open[] = [];
  after(async () => {
    for (const { simulated, webhook } of open) {
      await simulated.cluster.delete(configurationRef);
      await simulated.settle(1_000);
      await webhook.close();
    }
  });

  test('says why it is not ready, until it serves and the API server trusts it', async () => {
    const { simulated, webhook } = await started(open);
    await simulated.cluster.delete(configurationRef);
    const early = await started(open, simulated);
    assert.equal(early.webhook.notReady, 'the webhook has no certificate yet');
    await served(simulated, webhook);
    await simulated.settle(1_000);
    assert.equal(early.webhook.notReady, 'the API server has not been told yet to trust the webhook');
    await simulated.cluster.create(configuration());
    await simulated.settle(1_000);
    assert.equal(early.webhook.notReady, undefined);
  });

  test('answers with a patch of what is changed', async () => {
    const { simulated, webhook, told } = await started(open, undefined, (pod) => ({
      object: { ...pod, spec: { hostname: 'x' } },
    }));
    await served(simulated, webhook);
    const { response } = await ask(simulated, webhook, review({ kind: 'Pod', spec: {} }));
    assert.deepEqual(response.patchType, 'JSONPatch');
    assert.deepEqual(JSON.parse(Buffer.from(response.patch, 'base64').toString()), [
      { op: 'add', path: '/spec/hostname', value: 'x' },
    ]);
    assert.deepEqual([response.uid, response.allowed], ['one', true]);
    assert.deepEqual(told, ['changed']);
  });

  test('answers without a patch when nothing has to change', async () => {
    const { simulated, webhook, told } = await started(open);
    await served(simulated, webhook);
    const { response } = await ask(simulated, webhook, review({ kind: 'Pod' }));
    assert.deepEqual(response, { uid: 'one', allowed: true });
    assert.deepEqual(told, ['unchanged']);
  });

  test('refuses as the API server itself does, with every field and reason', async () => {
    const refused = [
      { field: 'metadata.annotations[a]', message: 'is wrong' },
      { field: 'metadata.annotations[b]', message: 'too' },
    ];
    const { simulated, webhook, told } = await started(open, undefined, () => ({ refused }));
    await served(simulated, webhook);
    const { response } = await ask(simulated, webhook, review({ kind: 'Pod', metadata: { generateName: 'web-' } }));
    assert.deepEqual(response, {
      uid: 'one',
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: 'metadata.annotations[a]: is wrong; metadata.annotations[b]: too',
        details: { name: 'web-', kind: 'Pod', causes: refused.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })) },
      },
    });
    assert.deepEqual(told, ['refused']);
  });

  test('refuses, and says that the fault is ours, when it is', async () => {
    const { simulated, webhook, told } = await started(open, undefined, () => {
      throw new TypeError('oops');
    });
    await served(simulated, webhook);
    const { response } = await ask(simulated, webhook, review({ kind: 'Pod' }));
    assert.deepEqual([response.allowed, response.status?.code], [false, 500]);
    assert.match(response.status?.message ?? '', /fault in Bookend: oops/);
    assert.deepEqual(told, ['failed']);
  });

  test('takes nothing that is no question: other paths, methods, versions, no JSON, too much', async () => {
    const { simulated, webhook } = await started(open);
    await served(simulated, webhook);
    const status = async (body: string, options: object = {}) => (await send(simulated, webhook, body, options)).status;
    assert.equal(await status('{}'), 400);
    assert.equal(await status('nonsense'), 400);
    assert.equal(await status(JSON.stringify({ ...JSON.parse(review({})), apiVersion: 'admission.k8s.io/v1beta1' })), 400);
    assert.equal(await status(review({}), { path: '/elsewhere' }), 404);
    assert.equal(await status('', { method: 'GET' }), 405);
    assert.equal(await status(`{"a":"${'x'.repeat(17 * 1024 * 1024)}"}`), 413);
  });

  test('lets no connection outlive its answer', async () => {
    const { simulated, webhook } = await started(open);
    await served(simulated, webhook);
    assert.equal((await send(simulated, webhook, review({}))).connection, 'close');
  });

  test('changes its certificate without a restart: the next connection has the new one', async () => {
    const { simulated, webhook } = await started(open);
    await served(simulated, webhook);
    const before = await send(simulated, webhook, review({}));
    await simulated.settle(61 * 86_400_000);
    const after = await send(simulated, webhook, review({}));
    assert.equal(after.status, 200);
    assert.notEqual(after.certificate, before.certificate);
  });

  test('answers on for five seconds when it ends, and for as long as questions come', async () => {
    const { simulated, webhook } = await started([]);
    await served(simulated, webhook);
    let ended = false;
    const end = webhook.close().then(() => {
      ended = true;
    });
    for (let second = 0; second < 8; second += 1) {
      await simulated.settle(1_000);
      assert.equal((await send(simulated, webhook, review({}))).status, 200, `after ${second + 1} s`);
    }
    await simulated.settle(2_500);
    await end;
    assert.ok(ended);
  });

  test('ends at once when its configuration is gone', async () => {
    const { simulated, webhook } = await started([]);
    await served(simulated, webhook);
    await simulated.cluster.delete(configurationRef);
    await simulated.settle(1_000);
    const before = simulated.clock.now();
    await webhook.close();
    assert.equal(simulated.clock.now(), before);
  });
});

const configuration = () => ({
  apiVersion: configurationRef.apiVersion,
  kind: configurationRef.kind,
  metadata: { name },
  webhooks: [{ name: 'share.bookend.dev', clientConfig: { service: { name, namespace } } }],
});

const unchanged: Admit = (object) => ({ object });

type Open = { simulated: SimulatedCluster; webhook: Webhook };

async function started(open: Open[], existing?: SimulatedCluster, admit: Admit = unchanged) {
  const simulated = existing ?? makeSimulatedCluster();
  if (!existing) {
    await simulated.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await simulated.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
    await simulated.cluster.create(configuration());
  }
  const { cluster, clock } = simulated.connect();
  const told: string[] = [];
  const webhook = new Webhook({
    cluster,
    clock,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    name,
    namespace,
    port: 0,
    answerer: answerDirectly(admit),
    meters: {
      answered: (outcome) => void told.push(outcome),
      turnedAway: nothing,
      certificate: nothing,
      certificateFailure: nothing,
    },
  });
  open.push({ simulated, webhook });
  return { simulated, webhook, told };
}

/** The certificate comes on virtual time, the server listens on real time. */
async function served(simulated: SimulatedCluster, webhook: Webhook): Promise<void> {
  await simulated.settle(2_000);
  while (webhook.notReady?.includes('certificate')) await new Promise((resolve) => setTimeout(resolve, 5));
}

function review(object: object): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'one', namespace: 'default', operation: 'CREATE', object },
  });
}

type Response = {
  uid: string;
  allowed: boolean;
  patchType?: string;
  patch: string;
  status?: { code: number; message: string };
};

async function ask(simulated: SimulatedCluster, webhook: Webhook, body: string): Promise<{ response: Response }> {
  const { status, text } = await send(simulated, webhook, body);
  assert.equal(status, 200, text);
  const answer = JSON.parse(text);
  assert.deepEqual([answer.apiVersion, answer.kind], ['admission.k8s.io/v1', 'AdmissionReview']);
  return answer;
}

type Sent = { status: number; text: string; connection: string | undefined; certificate: string };

async function send(simulated: SimulatedCluster, webhook: Webhook, body: string, options: object = {}): Promise<Sent> {
  const [first] = listOf(fieldAt(await simulated.cluster.get(configurationRef), 'webhooks'));
  const bundle = String(fieldAt(first, 'clientConfig', 'caBundle'));
  const ca = Buffer.from(bundle, 'base64').toString();
  // With a virtual clock, certificates are of another time than ours: the trust is checked, the time is not.
  const where = {
    host: '127.0.0.1',
    port: webhook.port,
    path: '/share',
    method: 'POST',
    servername: server,
    ca,
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const sending = request({ ...where, ...options, headers: { 'content-type': 'application/json' } }, (response) => {
      const socket = response.socket as TLSSocket;
      const fingerprint = socket.getPeerCertificate().fingerprint256;
      const untimely = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];
      const error = socket.authorizationError as unknown as string | null;
      if (!socket.authorized && !untimely.includes(String(error))) reject(new Error(`not trusted: ${error}`));
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(parts).toString(),
          connection: response.headers.connection,
          certificate: fingerprint,
        }),
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
