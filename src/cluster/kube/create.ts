/** Creating an object that must not exist yet. */
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { CreateOptions, WriteOptions } from '../port.ts';
import { type Access, attemptOn, objectIn, onKind } from './access.ts';
import { creationPath, type Parameters } from './paths.ts';

/** As `Cluster.create`. Repeated only where the request surely did not arrive: a second one would meet its own first. */
export async function createObject(
  access: Access,
  object: KubernetesObject,
  options: CreateOptions = {},
): Promise<KubernetesObject> {
  const ref = refOf(object);
  const attempt = attemptOn(access, 'create', ref);
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'POST',
      path: creationPath(kind, ref, {
        ...writeParameters(options),
        fieldValidation: options.strict ? 'Strict' : undefined,
      }),
      body: { type: 'application/json', text: JSON.stringify(object) },
      repeat: 'unless-arrived',
      expected: [404],
      ...(access.account && { account: access.account }),
    }),
  );
  return objectIn(answer, attempt);
}

/** The query parameters that every write understands. */
export function writeParameters({ fieldManager, dryRun }: WriteOptions): Parameters {
  return { fieldManager: fieldManager ?? 'bookend', dryRun: dryRun ? 'All' : undefined };
}
