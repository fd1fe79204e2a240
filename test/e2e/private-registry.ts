/**
 * A registry on the node itself that gives its one image only to who has the password: container runtimes speak plain
 * HTTP to 127.0.0.1. It shows that pull Secrets are used for what is not a container's own image too.
 */
import { unpackTar } from 'modern-tar';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { packHandmadeImage } from '../../tools/image/handmade.ts';
import { image as nodeImage } from './objects.ts';

const port = 5077;
const [user, password] = ['e2e', 'open-sesame'];

/** Its files are in `/files`. Each call makes another image, which no node has yet. */
export async function privateRegistry(name: string, namespace: string, content: string) {
  const reference = `127.0.0.1:${port}/e2e/${name}:1`;
  const entries = [{ path: '/files/hello', content }];
  const { content: archive, digest } = await packHandmadeImage({ name: reference, entries, user: '65532:65532' });
  const blobs: Record<string, string> = {};
  for (const { header, data } of await unpackTar(archive)) {
    const [, hash] = /^blobs\/sha256\/(\w+)$/.exec(header.name) ?? [];
    if (hash && data) blobs[hash] = Buffer.from(data).toString('base64');
  }
  const metadata = { name, namespace };
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData: blobs },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [`127.0.0.1:${port}`]: { username: user, password } } }) },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: {
        hostNetwork: true,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'registry',
            image: nodeImage,
            args: ['-e', serving(digest)],
            volumeMounts: [{ name: 'blobs', mountPath: '/blobs', readOnly: true }],
            readinessProbe: { tcpSocket: { port, host: '127.0.0.1' }, periodSeconds: 1 },
          },
        ],
        volumes: [{ name: 'blobs', configMap: { name } }],
      },
    },
  ];
  return { reference, secret: name, objects };
}

/** The little of the distribution specification that a pull needs. */
function serving(digest: string): string {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return `require('http').createServer((request, response) => {
    const answer = (status, headers, body) => response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    if (request.headers.authorization !== ${JSON.stringify(expected)}) {
      return answer(401, { 'www-authenticate': 'Basic realm="e2e"' }, '');
    }
    const [, kind, name] = /\\/(manifests|blobs)\\/([^/]+)$/.exec(request.url) ?? [];
    if (!kind) return answer(200, {}, '{}');
    const asked = name.startsWith('sha256:') ? name : ${JSON.stringify(digest)};
    let body;
    try { body = require('fs').readFileSync('/blobs/' + asked.slice(7)); } catch { return answer(404, {}, ''); }
    const type = kind === 'manifests' ? 'application/vnd.oci.image.manifest.v1+json' : 'application/octet-stream';
    answer(200, { 'content-type': type, 'content-length': body.length, 'docker-content-digest': asked }, body);
  }).listen(${port}, '127.0.0.1');`;
}
