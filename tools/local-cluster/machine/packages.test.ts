import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { installCommand, installerOf } from './packages.ts';
import { requireLinuxRoot } from './platform.ts';

describe('what the machine needs', () => {
  test('Debian and Ubuntu are known, and so are the distributions made from them', () => {
    assert.equal(installerOf('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n'), 'apt-get');
    assert.equal(installerOf('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), 'apt-get');
  });

  test('other families have their own tool, and an unknown one has none', () => {
    assert.equal(installerOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), 'dnf');
    assert.equal(installerOf('ID=arch\n'), 'pacman');
    assert.equal(installerOf('ID=plan9\n'), undefined);
  });

  test('the command names each missing package once', () => {
    const says = 'apt-get install -y --no-install-recommends runc util-linux';
    assert.equal(installCommand('apt-get', ['runc', 'nsenter', 'flock']), says);
    assert.equal(installCommand('dnf', ['cni/ptp', 'conntrack']), 'dnf install -y conntrack-tools containernetworking-plugins');
  });

  test('without root or Linux the error shows the way to an existing cluster', () => {
    for (const [platform, user] of [
      ['darwin', 0],
      ['linux', 1000],
    ] as const) {
      assert.throws(() => requireLinuxRoot(platform, user), {
        code: 'unsupported',
        advice: /--kubeconfig FILE.*--context NAME/s,
      });
    }
    requireLinuxRoot('linux', 0);
  });
});
