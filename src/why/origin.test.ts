import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { deleteObject } from './commands.ts';
import { originOf } from './origin.ts';

const object = (metadata: Partial<KubernetesObject['metadata']>): KubernetesObject => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...metadata } },
});

for (const [what, metadata, origin] of [
  [
    'a Helm release',
    { annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'ops' } },
    'Helm release web in ops',
  ],
  ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' } }, 'Argo CD Application shop'],
  [
    'Flux',
    { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } },
    'Flux Kustomization apps in flux-system',
  ],
  ['nobody who says so', { labels: { app: 'web' } }, undefined],
] as const)
  test(`an object that comes from ${what}`, () => assert.equal(originOf(object(metadata)), origin));

test('who brings an object back is named before it is deleted', () => {
  const { says } = deleteObject(object({ annotations: { 'meta.helm.sh/release-name': 'web' } }), { kinds: [] });
  assert.equal(says, 'Delete Deployment shop/web (Helm release web).');
});
