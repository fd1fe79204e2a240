/**
 * `bookend why` where the object, or nobody at all, says why it stays, on a real cluster: the object's own condition
 * and what that names, a finalizer that no cloud serves here, a webhook that refuses the patch which is advised, and a
 * definition whose conversion webhook is dead. The commands that it prints are carried out in their order.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject, ObjectRef } from '../../src/objects/object.ts';
import { commandsIn } from '../../src/why/testing/flat.ts';
import { until } from '../../tools/lab/observe.ts';
import { whyOn } from './ask-why.ts';
import { kubectlWords, runPrinted } from './printed-command.ts';
import { put, useTestBed } from './support.ts';

const group = 'words.e2e.bookend.dev';

describe('bookend why, in words that are there', () => {
  const bed = useTestBed('why-words', { bookend: false });
  test('shows the condition of the object, and follows it to what must go first', async () => {
    const [store, pool] = [custom('Store', 'main', ['store.words/hold']), custom('Pool', 'replica', ['pool.words/hold'])];
    await defined('Store', 'Pool');
    await put(bed, store, pool);
    await remove('stores', 'main');
    const message = 'will not be deleted until all dependents are removed: Pool: [replica]';
    const status = { conditions: [{ type: 'DeletionIsBlocked', status: 'True', reason: 'ObjectHasDependents', message }] };
    await kubectl('patch', `stores.${group}`, 'main', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
    const { code, answer } = whyOn(bed, `stores.${group}/main`, '-n', bed.namespace);
    assert.equal(code, 7);
    assert.match(answer.blockers[0]?.says ?? '', /reports DeletionIsBlocked: will not be deleted until all dependents/);
    const commands = commandsIn(answer.blockers);
    const first = commands.indexOf(`kubectl delete pools.${group}/replica -n ${bed.namespace} --wait=false`);
    const strip = commands.findIndex((command) => command.includes('patch stores'));
    assert.ok(first >= 0 && (strip < 0 || first < strip), commands.join('\n'));
    await runPrinted(bed.lab, commands[first]);
  });

  test('says of a load balancer that nobody in a cluster without a cloud removes it', async () => {
    const service = {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: meta('web', ['service.kubernetes.io/load-balancer-cleanup']) },
      spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }] },
    };
    await put(bed, service);
    await remove('services', 'web');
    const { code, answer } = whyOn(bed, 'svc/web', '-n', bed.namespace);
    assert.equal(code, 7);
    assert.match(answer.blockers[0]?.says ?? '', /no node has a providerID: nobody in this cluster removes it/);
    await runPrinted(bed.lab, commandsIn(answer.blockers).at(-1));
    await gone({ apiVersion: 'v1', kind: 'Service', name: 'web', namespace: bed.namespace });
  });

  test('offers the webhook that would refuse the patch before the patch, and both together free the object', async () => {
    await defined('Tub');
    await put(bed, custom('Tub', 't', ['tub.words/hold']), webhookOn('tubs'));
    await remove('tubs', 't');
    const patch = ['patch', `tubs.${group}`, 't', '--type=merge', '-p', '{"metadata":{"finalizers":null}}', '--dry-run=server'];
    await until('the webhook to refuse', async () => {
      const { code, stderr } = await bed.lab.attempt('kubectl', [...patch, '-n', bed.namespace]);
      return code !== 0 && stderr.includes('failed calling webhook "tubs.e2e.example"');
    });
    const { answer } = whyOn(bed, `tubs.${group}/t`, '-n', bed.namespace);
    const commands = commandsIn(answer.blockers).filter((command) => !command.includes(' get '));
    assert.match(commands[0] ?? '', /^kubectl delete validatingwebhookconfigurations\S*\/e2e-why-words --ignore-not-found$/);
    assert.match(commands[1] ?? '', new RegExp(`^kubectl patch tubs\\.${group.replaceAll('.', '\\.')}/t `));
    await runPrinted(bed.lab, commands[0]);
    await until(
      'the webhook to be forgotten',
      async () => (await bed.lab.attempt('kubectl', kubectlWords(commands[1]))).code === 0,
    );
    await gone({ apiVersion: `${group}/v1`, kind: 'Tub', name: 't', namespace: bed.namespace });
  });

  test('reads custom resources past a dead conversion webhook, and its patch frees the definition', async () => {
    const crd = definition('Rack', ['v1', 'v2']);
    await put(bed, crd);
    await served('v2', 'Rack');
    await put(bed, { ...custom('Rack', 'r1', ['rack.words/hold']), apiVersion: `${group}/v2` });
    await put(bed, { ...crd, spec: { ...(crd.spec as object), conversion: deadConversion(bed.namespace) } });
    await kubectl('delete', `crd/racks.${group}`, '--wait=false');
    await until('the definition to look for what is left', async () => {
      const { answer } = whyOn(bed, `crd/racks.${group}`, '-n', bed.namespace);
      return commandsIn(answer.blockers).some((command) => command.includes(`patch racks.${group}/r1`)) && answer;
    });
    const { code, answer } = whyOn(bed, `crd/racks.${group}`, '-n', bed.namespace);
    assert.equal(code, 7);
    await runPrinted(
      bed.lab,
      commandsIn(answer.blockers).find((command) => command.includes(`patch racks.${group}/r1`)),
    );
    await gone({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: `racks.${group}` });
  });

  function meta(name: string, finalizers: string[]) {
    return { name, namespace: bed.namespace, finalizers };
  }

  function custom(kind: string, name: string, finalizers: string[]): KubernetesObject {
    return { apiVersion: `${group}/v1`, kind, metadata: meta(name, finalizers) };
  }

  async function defined(...kinds: string[]): Promise<void> {
    for (const kind of kinds) {
      await put(bed, definition(kind, ['v1']));
      await served('v1', kind);
    }
  }

  async function served(version: string, kind: string): Promise<void> {
    const isServed = async () => (await bed.cluster.kind(`${group}/${version}`, kind)) !== undefined;
    await until(`${kind} to be served`, isServed);
  }

  async function remove(resource: string, name: string): Promise<void> {
    await kubectl(
      'delete',
      resource.includes('.') || resource === 'services' ? resource : `${resource}.${group}`,
      name,
      '--wait=false',
    );
  }

  async function kubectl(...args: string[]): Promise<void> {
    await bed.lab.run('kubectl', [...args, '-n', bed.namespace]);
  }

  async function gone(ref: ObjectRef): Promise<void> {
    await until(`${ref.kind} ${ref.name} to be gone`, async () => (await bed.cluster.get(ref)) === undefined);
  }

  function webhookOn(resource: string): KubernetesObject {
    return {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'e2e-why-words' },
      webhooks: [
        {
          name: `${resource}.e2e.example`,
          clientConfig: { service: { namespace: bed.namespace, name: 'nobody' } },
          rules: [{ apiGroups: [group], apiVersions: ['*'], operations: ['UPDATE'], resources: [resource] }],
          ...{ sideEffects: 'None', timeoutSeconds: 1, admissionReviewVersions: ['v1'], failurePolicy: 'Fail' },
        },
      ],
    };
  }
});

function definition(kind: string, versions: string[]): KubernetesObject {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` } },
      versions: versions.map((name) => ({
        ...{ name, served: true, storage: name === versions.at(-1), subresources: { status: {} }, schema },
      })),
    },
  };
}

function deadConversion(namespace: string): object {
  const clientConfig = { service: { namespace, name: 'nobody', path: '/convert' } };
  return { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } };
}
