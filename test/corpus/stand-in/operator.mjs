/**
 * A stand-in for anybody's operator: finalizers on custom resources, children for them, objects that it makes when it starts, and a webhook. `does.json`
 * beside it says what (does.ts).
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { apply, reconcileEach, request } from '/app/api.mjs';

const { serves = [], makes = [], answers = false, writesAs } = JSON.parse(readFileSync('/stand-in/does.json', 'utf8'));
const merge = 'application/merge-patch+json';

process.on('SIGTERM', () => process.exit(0));
if (answers) answer();
for (const served of serves) serve(served);
for (;;) {
  for (const object of makes) {
    await apply(pathOf(object), object, writesAs).catch((error) => console.error(error.message));
  }
  await pause(1000);
}

/** Each custom resource with a life of its own, so that one that waits does not hold up the others. */
function serve({ apiVersion, plural, finalizer, takesSeconds = 0, children = [] }) {
  const busy = new Set();
  const again = new Set();
  const collection = `/apis/${apiVersion}/${plural}`;
  const turn = async (name, path) => {
    if (busy.has(path)) {
      again.add(path);
      return;
    }
    busy.add(path);
    do {
      again.delete(path);
      await reconcile(path).catch(async (error) => {
        console.error(`${name}: ${error.message}; trying again`);
        await pause(500);
        again.add(path);
      });
    } while (again.has(path));
    busy.delete(path);
  };
  void reconcileEach(collection, async ({ metadata }) => {
    void turn(metadata.name, `/apis/${apiVersion}/${inNamespace(metadata)}${plural}/${metadata.name}`);
  });

  async function reconcile(path) {
    const resource = await tolerant(request('GET', path));
    if (resource === undefined) return;
    const { deletionTimestamp, finalizers = [] } = resource.metadata;
    const own = children.map((child) => filled(child, resource.metadata));
    if (deletionTimestamp === undefined) {
      if (finalizer !== undefined && !finalizers.includes(finalizer)) await write(path, [...finalizers, finalizer]);
      for (const child of own) await apply(pathOf(child), child, writesAs);
    } else if (finalizers.includes(finalizer)) {
      for (const child of own) await remove(child);
      await pause(takesSeconds * 1000);
      const others = finalizers.filter((each) => each !== finalizer);
      await tolerant(write(path, others));
    }
  }
}

async function remove(child) {
  const path = pathOf(child);
  await tolerant(request('DELETE', `${path}?propagationPolicy=Background`));
  if (child.metadata.finalizers !== undefined) await tolerant(write(path, null));
  while ((await tolerant(request('GET', path))) !== undefined) await pause(200);
}

function write(path, finalizers) {
  return request('PATCH', path, { metadata: { finalizers } }, merge);
}

function filled(child, { name, namespace = '', uid }) {
  const text = JSON.stringify(child).replaceAll(/\bNAMESPACE\b/g, namespace);
  return JSON.parse(text.replaceAll(/\bNAME\b/g, name).replaceAll(/\bUID\b/g, uid));
}

function pathOf({ apiVersion, kind, metadata }) {
  const root = apiVersion.includes('/') ? '/apis' : '/api';
  return `${root}/${apiVersion}/${inNamespace(metadata)}${kind.toLowerCase()}s/${metadata.name}`;
}

function inNamespace({ namespace }) {
  return namespace ? `namespaces/${namespace}/` : '';
}

/** What is gone already is not missed. */
async function tolerant(work) {
  try {
    return await work;
  } catch (error) {
    if (error.status === 404) return undefined;
    throw error;
  }
}

function answer() {
  const tls = { cert: readFileSync('/tls/certificate'), key: readFileSync('/tls/key') };
  const server = createServer(tls, async (incoming, response) => {
    let text = '';
    for await (const part of incoming) text += part;
    const review = text === '' ? {} : JSON.parse(text);
    if (review.kind === 'ConversionReview') {
      const { uid, desiredAPIVersion, objects } = review.request;
      const convertedObjects = objects.map((each) => ({ ...each, apiVersion: desiredAPIVersion }));
      response.end(JSON.stringify({ ...review, response: { uid, result: { status: 'Success' }, convertedObjects } }));
    } else if (review.kind === 'AdmissionReview') {
      response.end(JSON.stringify({ ...review, response: { uid: review.request.uid, allowed: true } }));
    } else {
      const { pathname } = new URL(incoming.url, 'https://here');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(aggregated(pathname)));
    }
  });
  server.listen(8443);
}

/** Of an aggregated API: a group without resources. */
function aggregated(path) {
  const [, , group, version] = path.split('/');
  if (version) return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources: [] };
  return { kind: 'APIGroup', apiVersion: 'v1', name: group, versions: [] };
}
