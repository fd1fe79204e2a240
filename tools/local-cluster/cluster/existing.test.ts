import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { writeHandmadeImage } from '../../image/handmade.ts';
import { scratch } from '../../test/scratch.ts';
import { checkExisting, findExisting, kubeconfigOfExisting, loadCommand, loadIntoExisting } from './existing.ts';

async function kubeconfigFile(server = 'http://127.0.0.1:9') {
  const directory = scratch();
  const file = join(directory, 'config');
  const names = ['kind-one', 'other'];
  const config = {
    'current-context': 'kind-one',
    clusters: names.map((name) => ({ name, cluster: { server, 'insecure-skip-tls-verify': true } })),
    users: names.map((name) => ({ name, user: {} })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
  };
  await writeFile(file, stringify(config));
  return { file, directory };
}

describe('an existing cluster', () => {
  test('is the current context of the file, or the one that was named', async () => {
    const { file } = await kubeconfigFile();
    assert.equal((await findExisting({ kubeconfig: file })).context, 'kind-one');
    assert.equal((await findExisting({ kubeconfig: file, context: 'other' })).context, 'other');
  });

  test('that no file knows is refused, and the known ones are named', async () => {
    const { file } = await kubeconfigFile();
    await assert.rejects(findExisting({ kubeconfig: file, context: 'nowhere' }), { code: 'bad-input', advice: /kind-one/ });
    await assert.rejects(findExisting({ kubeconfig: '/does/not/exist' }), { code: 'bad-input' });
  });

  test('that answers says its version; one that does not is unreachable', async () => {
    const server = createServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end('{"gitVersion":"v1.36.0"}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { file } = await kubeconfigFile(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    assert.equal((await checkExisting({ kubeconfig: file })).kubernetes, 'v1.36.0');
    server.close();
    server.closeAllConnections();
    await assert.rejects(checkExisting({ kubeconfig: file }), { code: 'unreachable', message: /kind-one/ });
  });

  test('gets images by the tool that made it', () => {
    assert.deepEqual(loadCommand('kind-one', '/i.tar'), ['kind', 'load', 'image-archive', '/i.tar', '--name', 'one']);
    assert.deepEqual(loadCommand('k3d-my-one', '/i.tar'), ['k3d', 'image', 'import', '/i.tar', '--cluster', 'my-one']);
    assert.deepEqual(loadCommand('minikube', '/i.tar'), ['minikube', 'image', 'load', '/i.tar']);
    assert.throws(() => loadCommand('production', '/i.tar'), { code: 'unsupported', message: /production/ });
  });

  test('of kind gets the archive by kind’s own command, and the names in the archive are given', async (context) => {
    const { file, directory } = await kubeconfigFile();
    const tar = join(directory, 'image.tar');
    await writeHandmadeImage(tar, { name: 'bookend.dev/x:1', entries: [] });
    const asked = join(directory, 'asked');
    await writeFile(join(directory, 'kind'), `#!/bin/sh\necho "$@" > '${asked}'\n`, { mode: 0o755 });
    const before = process.env.PATH;
    process.env.PATH = `${directory}:${before}`;
    context.after(() => {
      process.env.PATH = before;
    });
    assert.deepEqual(await loadIntoExisting({ kubeconfig: file }, tar), ['bookend.dev/x:1']);
    assert.equal(await readFile(asked, 'utf8'), `load image-archive ${tar} --name one\n`);
    await assert.rejects(loadIntoExisting({ kubeconfig: file }, join(directory, 'none.tar')), { code: 'bad-input' });
  });

  test('a chosen context is chosen by a file of its own that holds no credentials', async (context) => {
    const { file, directory } = await kubeconfigFile();
    const before = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = directory;
    context.after(() => {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    });
    const [chooser = '', rest] = (await kubeconfigOfExisting({ kubeconfig: file, context: 'other' })).split(delimiter);
    assert.equal(rest, file);
    assert.equal(await readFile(chooser, 'utf8'), 'apiVersion: v1\nkind: Config\ncurrent-context: other\n');
    assert.equal(await kubeconfigOfExisting({ kubeconfig: file }), file);
  });
});
