/**
 * A workload keeps the modes of its shares until its Pod template is written anew, whatever is found out about the
 * nodes meanwhile.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { imageVolumesAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { WrittenShare } from '../resource/share.ts';
import type { ImageVolumes } from '../share/share.ts';
import { withSharesOfComponent } from './shares.ts';

const share: WrittenShare = {
  name: 'web',
  from: { container: 'app', path: '/srv/www' },
  to: [{ container: 'nginx', path: '/html', readOnly: true }],
};
const yes: ImageVolumes = { known: true };
const no: ImageVolumes = { known: false, reason: 'not yet' };

function deployment(tag = '1', more: object = {}): KubernetesObject {
  const containers = ['app', 'nginx'].map((name) => ({ name, image: `example.com/${name}:${tag}` }));
  const spec = { replicas: 1, template: { spec: { containers } }, ...more };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', annotations: { kept: 'yes' } }, spec };
}

/** As a ClusterOperator would apply it over what is there. */
async function applied(
  object: KubernetesObject,
  imageVolumes: ImageVolumes,
  live?: KubernetesObject,
  shares: WrittenShare[] = [share],
): Promise<{ object: KubernetesObject; mode: string; asked: number; read: string[] }> {
  const read: string[] = [];
  let asked = 0;
  const [made] = await withSharesOfComponent([{ object, place: '' }], shares, {
    seedImage: 'seed',
    imageVolumes: async () => {
      asked += 1;
      return imageVolumes;
    },
    live: async ({ kind, namespace, name }) => {
      read.push(`${kind} ${namespace}/${name}`);
      return live;
    },
    list: 'share',
    namespace: 'shop',
  });
  assert.ok(made);
  return {
    object: made.object,
    mode: JSON.stringify(made.object).includes('"image":{"reference"') ? 'image' : 'copy',
    asked,
    read,
  };
}

describe('A share with mode auto', () => {
  test('gets the mode that fits when its workload is new', async () => {
    assert.equal((await applied(deployment(), yes)).mode, 'image');
    const { mode, read, asked } = await applied(deployment(), no);
    assert.deepEqual([mode, read, asked], ['copy', ['Deployment shop/web'], 1]);
  });

  test('keeps it in both directions while the Pod template is written the same way, and nobody needs to be asked', async () => {
    for (const [before, after] of [
      [yes, no],
      [no, yes],
    ] as const) {
      const first = await applied(deployment(), before);
      const second = await applied(deployment('1', { replicas: 5 }), after, first.object);
      assert.deepEqual([second.mode, second.asked], [first.mode, 0]);
      const template = ({ object }: typeof first) => (object.spec as { template: unknown }).template;
      assert.equal(JSON.stringify(template(second)), JSON.stringify(template(first)));
      assert.deepEqual(second.object.metadata, first.object.metadata);
    }
  });

  test('that is copied for a writer keeps the way in which its tool comes', async () => {
    const writer: WrittenShare = { ...share, to: [{ container: 'nginx', path: '/html' }] };
    const first = await applied(deployment(), no, undefined, [writer]);
    const second = await applied(deployment(), yes, first.object, [writer]);
    assert.equal(JSON.stringify(second.object), JSON.stringify(first.object));
    assert.equal(
      (await applied(deployment('2'), yes, first.object, [writer])).mode,
      'image',
      'the tool is shown as an image now',
    );
  });

  test('gets the mode that fits when the Pod template or a share is written anew: its Pods are replaced anyway', async () => {
    const first = await applied(deployment(), no);
    assert.equal((await applied(deployment('2'), yes, first.object)).mode, 'image');
    const moved = { ...share, to: [{ container: 'nginx', path: '/pages', readOnly: true }] };
    assert.equal((await applied(deployment(), yes, first.object, [moved])).mode, 'image');
  });

  test('is not kept by what somebody else wrote into the annotation', async () => {
    const first = await applied(deployment(), no);
    for (const value of [
      '',
      'used',
      'used 0123456789abcdef',
      `perhaps ${first.object.metadata.annotations?.[imageVolumesAnnotation]?.split(' ')[1]}`,
    ]) {
      const annotations = { [imageVolumesAnnotation]: value };
      const live = { ...first.object, metadata: { ...first.object.metadata, annotations } };
      assert.equal((await applied(deployment(), yes, live)).mode, 'image', value);
    }
  });
});

describe('A workload whose shares do not depend on the nodes', () => {
  test('is neither read nor marked', async () => {
    const others: WrittenShare[] = [
      { ...share, mode: 'copy' },
      { ...share, mode: 'copy', to: [{ container: 'nginx', path: '/html' }] },
      {
        name: 'cache',
        to: [
          { container: 'app', path: '/cache' },
          { container: 'nginx', path: '/cache' },
        ],
      },
    ];
    for (const other of others) {
      const { object, read, asked } = await applied(deployment(), yes, undefined, [other]);
      assert.deepEqual([read, asked, object.metadata], [[], 0, deployment().metadata]);
    }
  });
});
