import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodeSupport, serverSupport } from './support.ts';
import { facts } from './testing/nodes.ts';

const said = (runtime: string, kubelet = 'v1.37.2') => {
  const support = nodeSupport(facts('n', { runtime, kubelet }));
  return support.expected ? 'expected' : support.why;
};

describe('Image volumes with a subPath can be expected', () => {
  test('of containerd from 2.2 and of CRI-O from 1.33 on, however the build is called', () => {
    for (const runtime of [
      'containerd://2.2.0',
      'containerd://2.2.3-k3s1',
      'containerd://2.2.0-rc.1',
      'containerd://v2.10.1+unknown',
      'containerd://3.0.0',
    ]) {
      assert.equal(said(runtime), 'expected', runtime);
    }
    for (const runtime of ['cri-o://1.33.0', 'cri-o://1.37.1-dev', 'cri-o://2.0.0'])
      assert.equal(said(runtime), 'expected', runtime);
  });

  test('of no older one, and the reason says which one it is and which would do', () => {
    assert.equal(said('containerd://1.7.27'), 'has containerd 1.7.27, and directories of images can be mounted from 2.2 on');
    const says = 'has containerd 2.1.4, which shows images only as a whole: directories of them from 2.2 on';
    assert.equal(said('containerd://2.1.4'), says);
    const words = 'has CRI-O 1.32.2, which shows images only as a whole: directories of them from 1.33 on';
    assert.equal(said('cri-o://1.32.2'), words);
    assert.equal(said('cri-o://1.30.0'), 'has CRI-O 1.30.0, and directories of images can be mounted from 1.33 on');
  });

  test('of nothing that is not known', () => {
    for (const runtime of ['docker://28.0.1', 'other://9.9.9', 'containerd://', 'containerd://unknown', 'containerd']) {
      assert.match(said(runtime), /^has the container runtime \S+, of which nothing is known$/);
    }
    assert.equal(said(''), 'has the container runtime that it does not tell, of which nothing is known');
  });

  test('of Linux only', () => {
    const support = nodeSupport(facts('n', { os: 'windows' }));
    assert.equal(support.expected ? '' : support.why, 'has the operating system windows, and shares are for Linux');
  });

  test('of kubelets and API servers from 1.35 on, where the feature is on by default', () => {
    for (const version of ['v1.35.0', '1.36+', 'v1.37.2-eks-1a2b3c', 'v2.0.0']) {
      assert.equal(said('containerd://2.2.0', version), 'expected', version);
      assert.ok(serverSupport(version).expected);
    }
    assert.equal(said('containerd://2.2.0', 'v1.34.9'), 'has kubelet v1.34.9, and image volumes are there from v1.35 on');
    assert.deepEqual(serverSupport('v1.33.0'), { expected: false, why: 'is v1.33.0, and image volumes are there from v1.35 on' });
    assert.equal(said('containerd://2.2.0', ''), 'has kubelet of a version that it does not tell, of which nothing is known');
    assert.equal(serverSupport('unknown').expected, false);
  });
});
