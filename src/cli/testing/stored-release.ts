/** A release as Helm 3 and 4 store it, for tests. */
import { gzipSync } from 'node:zlib';
import type { KubernetesObject } from '../../objects/object.ts';

/** The Secret of revision 1 of a release whose manifest is made of these objects. */
export function storedRelease(
  namespace: string,
  name: string,
  objects: readonly KubernetesObject[],
  status = 'deployed',
): KubernetesObject {
  const stored = {
    name,
    namespace,
    version: 1,
    manifest: objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(''),
    info: { status },
    chart: { metadata: { name, version: '1.0.0' } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.${name}.v1`,
      namespace,
      labels: { owner: 'helm', name, version: '1', status },
    },
    data: { release: Buffer.from(gzipSync(JSON.stringify(stored)).toString('base64')).toString('base64') },
  };
}
