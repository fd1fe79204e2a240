/**
 * Containers that copies add cost nothing beyond the source container, so that quotas, LimitRanges and the class of
 * the Pod stay as they are.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fields } from './spec.ts';
import { container, flags, podSpec, refused, shared } from './testing/shared.ts';

const line = 'www = app:/srv/www -> web:/html:ro';
const resourcesOf = (spec: Fields, option = '') =>
  ['bookend-seed', 'bookend-share-www'].map((name) => container(shared(spec, `${line}${option}`), name).resources);

describe('The resources of a copy', () => {
  test('are those of the source container, without devices', () => {
    const usual = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '2Gi' } };
    const resources = { ...usual, limits: { ...usual.limits, 'nvidia.com/gpu': 1 }, claims: [{ name: 'gpu' }] };
    assert.deepEqual(resourcesOf(podSpec({}, { resources })), [usual, usual]);
  });

  test('are none where it has none, so that defaults of the namespace count as they do for it', () => {
    assert.deepEqual(resourcesOf(podSpec()), [undefined, undefined]);
    assert.deepEqual(resourcesOf(podSpec({ resources: { limits: { memory: '1Gi' } } })), [undefined, undefined]);
    assert.ok(!('resources' in container(shared(podSpec(), line), 'bookend-share-www')));
  });

  test('stay as they are for a copy in memory that may hold more', () => {
    const resources = { limits: { memory: '64Mi' } };
    assert.deepEqual(resourcesOf(podSpec({}, { resources }), '; medium=Memory; sizeLimit=1Gi'), [resources, resources]);
  });

  test('are what the share says', () => {
    const spec = podSpec({}, { resources: { limits: { memory: '64Mi' } } });
    const given = { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } };
    assert.deepEqual(resourcesOf(spec, '; resources=cpu=50m/100m,memory=64Mi'), [given, given]);
    assert.deepEqual(resourcesOf(spec, '; resources=none'), [undefined, undefined]);
  });

  test('are refused where they are none', () => {
    const why = (option: string) => refused(podSpec(), `${line}; resources=${option}`).join();
    assert.match(why('cpu=fast'), /resources\.requests\.cpu: must be a quantity/);
    assert.match(why('cpu=2/1'), /must not be more than the limit, 1/);
    assert.match(why('memori=1Gi'), /a copy cannot use memori: did you mean memory\?/);
    assert.match(why('nvidia.com/gpu=1'), /only cpu, memory, ephemeral-storage|as in cpu=50m/);
    assert.match(why('cpu'), /"cpu" is neither/);
  });
});

describe('The size of a copy', () => {
  const limitOf = (spec: Fields, option = '') => flags(shared(spec, `${line}${option}`), 'bookend-share-www');
  const storage = (quantity: string) => ({ resources: { limits: { 'ephemeral-storage': quantity } } });

  test('is told to the tool, which says in words what the kubelet would end in silence', () => {
    assert.deepEqual(limitOf(podSpec()), []);
    assert.deepEqual(limitOf(podSpec(), '; sizeLimit=1Ki'), ['--size-limit=1024', '--size-limit-of=sizeLimit of share www']);
  });

  test('is what all containers may store together, where that is less', () => {
    const spec = podSpec({}, storage('1Ki'), storage('2Ki'));
    assert.deepEqual(limitOf(spec), ['--size-limit=3072', '--size-limit-of=limits.ephemeral-storage of the Pod']);
    assert.deepEqual(limitOf(spec, '; sizeLimit=2Ki')[0], '--size-limit=2048');
    assert.deepEqual(limitOf(spec, '; sizeLimit=1Gi')[0], '--size-limit=3072');
    assert.deepEqual(limitOf(spec, '; sizeLimit=1Gi; medium=Memory')[0], `--size-limit=${2 ** 30}`);
  });
});
