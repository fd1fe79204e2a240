import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BuildShare } from './build-share.ts';

const minuteMs = 60_000;
const server = { package: 'k8s.io/kubernetes/cmd/kube-apiserver' };
const kubectl = { package: 'k8s.io/kubernetes/cmd/kubectl' };
const small = { package: '.' };

describe('the share of a build that is done', () => {
  test('grows with each package and counts a finished program whole, though Go had compiled some of it before', () => {
    const build = new BuildShare([server, kubectl]);
    build.begin(server);
    assert.equal(build.share, 0);
    compile(build, 100);
    const started = build.share;
    assert.ok(started > 0 && started < 0.1, String(started));
    build.begin(kubectl);
    assert.ok(build.share > 0.85, String(build.share));
  });

  test('never passes the end of a program, whatever the compiler names', () => {
    const build = new BuildShare([small, small]);
    build.begin(small);
    compile(build, 500);
    assert.ok(build.share < 0.5);
  });

  test('shows the time left once it can be known, and never less than ten seconds', () => {
    const build = new BuildShare([server, small]);
    build.begin(server);
    assert.equal(build.describe(minuteMs), '0 % done');
    compile(build, 1000);
    assert.equal(build.describe(8 * minuteMs), '45 % done, about 9 min left');
    build.begin(small);
    compile(build, 20);
    assert.match(build.describe(18 * minuteMs), /^98 % done, about (20|30) s left$/);
    assert.equal(build.describe(10), '98 % done, about 10 s left');
  });
});

function compile(build: BuildShare, packages: number): void {
  for (let compiled = 0; compiled < packages; compiled += 1) build.compiled();
}
