import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { repository } from '../image/bundle.ts';
import { scratch } from '../test/scratch.ts';
import { checkDirectory, table, writeArtifact } from './artifact.ts';
import type { Commit } from './commit.ts';
import { packImageList } from './image-list.ts';
import { krewManifest } from './kubectl-plugin.ts';
import { cycloneDx, debianComponents, goComponents, nodeComponent, npmComponents } from './sbom.ts';
import { clusterOperatorJsonSchema } from './schemas.ts';

const commit: Commit = {
  version: '0.1.0',
  revision: 'abc',
  date: new Date('2026-01-02T03:04:05Z'),
  source: 'https://git.example/b',
};

describe('the list of images', () => {
  const images = [{ name: 'registry.bookend.dev/bookend', repository: 'bookend', digest: 'sha256:aa' }];

  test('names each by tag and digest, and every image that the chart uses', () => {
    const out = scratch();
    writeArtifact(out, 'install.yaml', 'image: registry.bookend.dev/bookend:0.1.0\n');
    packImageList(out, '0.1.0', images);
    assert.equal(readFileSync(join(out, 'images.txt'), 'utf8'), 'registry.bookend.dev/bookend:0.1.0@sha256:aa\n');
    writeArtifact(out, 'install.yaml', 'args: [--seed-image=registry.bookend.dev/seed:0.1.0]\n');
    assert.throws(() => packImageList(out, '0.1.0', images), /uses registry\.bookend\.dev\/seed:0\.1\.0/);
  });
});

/** What the image says of a package; of libatomic1 that its source has a version of its own. */
function statusOf(name: string): string {
  const sources: Record<string, string> = { libc6: 'Source: glibc\n', libatomic1: 'Source: gcc-14 (1:14.2.0-18)\n' };
  return `Package: ${name}\n${sources[name] ?? ''}Version: 1\n`;
}

describe('the list of contents', () => {
  test('names each package by a URL that scanners look up, with its checksum', () => {
    const debian = debianComponents('arm64', '13.2', statusOf);
    const libc = debian.find(({ name }) => name === 'libc6') ?? assert.fail();
    assert.equal(
      libc.purl,
      `pkg:deb/debian/libc6@${encodeURIComponent(libc.version)}?arch=arm64&distro=debian-13.2&upstream=glibc`,
    );
    assert.match(libc.hashes?.[0]?.content ?? '', /^[0-9a-f]{64}$/);
    const certificates = debian.find(({ name }) => name === 'ca-certificates');
    assert.match(certificates?.purl ?? '', /\?arch=all&/);
    const standardLibrary = debian.find(({ name }) => name === 'libstdc++6');
    assert.match(standardLibrary?.purl ?? '', /^pkg:deb\/debian\/libstdc%2B%2B6@/);
    const [scoped] = npmComponents(['node_modules/@kubernetes/client-node']);
    assert.match(scoped?.purl ?? '', /^pkg:npm\/%40kubernetes\/client-node@\d/);
    assert.match(scoped?.hashes?.[0]?.content ?? '', /^[0-9a-f]{128}$/);
    assert.match(nodeComponent('amd64').cpe ?? '', /nodejs:node\.js:\d+\.\d+\.\d+:/);
    const go = goComponents(
      'module x\n\ngo 1.26\n\nrequire golang.org/x/sys v0.47.0\nrequire (\n\texample.com/y v1.2.3 // indirect\n)\n',
      'go1.26.1',
    );
    assert.deepEqual(
      go.map(({ purl }) => purl),
      ['pkg:golang/golang.org/x/sys@v0.47.0', 'pkg:golang/example.com/y@v1.2.3', 'pkg:golang/stdlib@1.26.1'],
    );
  });

  // Debian publishes vulnerabilities of source packages: nothing is known of libc6, all of glibc. grype reads
  // `upstream` of the URL, trivy reads properties of its own.
  test('names the source package of a Debian package, and the release of Debian, for grype and trivy', () => {
    const debian = debianComponents('amd64', '13.2', statusOf);
    const component = (name: string) => debian.find((each) => each.name === name) ?? assert.fail(name);
    const property = (name: string, value: string) => ({ name: `aquasecurity:trivy:${name}`, value });
    assert.deepEqual(component('libc6').properties, [property('SrcName', 'glibc')]);
    const atomic = component('libatomic1');
    assert.match(atomic.purl ?? '', /&upstream=gcc-14%401%3A14\.2\.0-18$/);
    const [epoch, version, release] = [property('SrcEpoch', '1'), property('SrcVersion', '14.2.0'), property('SrcRelease', '18')];
    assert.deepEqual(atomic.properties, [property('SrcName', 'gcc-14'), epoch, version, release]);
    assert.deepEqual(
      [component('ca-certificates').properties, /upstream/.test(component('ca-certificates').purl ?? '')],
      [undefined, false],
    );
    const { type, name, version: number, ...rest } = debian.find((each) => each.type === 'operating-system') ?? assert.fail();
    assert.deepEqual([type, name, number, 'purl' in rest], ['operating-system', 'debian', '13.2', false]);
  });

  test('calls Node an application: syft and grype read no component of the type platform', () => {
    assert.equal(nodeComponent('amd64').type, 'application');
  });

  test('is the same for the same commit and contents, and every component is a dependency of its subject', () => {
    const subject = { type: 'container', name: 'x', version: '1', purl: 'pkg:oci/x@1' } as const;
    const components = [nodeComponent('amd64'), ...debianComponents('amd64', '13.2', statusOf)];
    const text = cycloneDx(commit, subject, components);
    assert.equal(cycloneDx(commit, subject, [...components].reverse()), text);
    const list = JSON.parse(text);
    assert.match(list.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(list.metadata.timestamp, '2026-01-02T03:04:05.000Z');
    assert.deepEqual(
      list.dependencies[0].dependsOn,
      list.components.map((component: { 'bom-ref': string }) => component['bom-ref']),
    );
    assert.notEqual(JSON.parse(cycloneDx(commit, subject, [nodeComponent('arm64')])).serialNumber, list.serialNumber);
  });
});

test('the krew manifest has one archive for each architecture, with its checksum, at the address of the release', () => {
  const archives = ['amd64', 'arm64'].map((architecture) => ({
    file: `kubectl-bookend-linux-${architecture}.tar.gz`,
    bytes: 1,
    sha256: architecture === 'amd64' ? 'a'.repeat(64) : 'b'.repeat(64),
    verified: [],
  }));
  const { apiVersion, kind, metadata, spec } = parse(krewManifest(commit, archives));
  // What krew refuses otherwise (its internal/index/validation).
  assert.deepEqual([apiVersion, kind, metadata.name], ['krew.googlecontainertools.github.com/v1alpha2', 'Plugin', 'bookend']);
  assert.match(spec.shortDescription, /^.+$/);
  assert.equal(spec.version, 'v0.1.0');
  assert.deepEqual(spec.platforms[1], {
    selector: { matchLabels: { os: 'linux', arch: 'arm64' } },
    uri: 'https://git.example/b/releases/download/v0.1.0/kubectl-bookend-linux-arm64.tar.gz',
    sha256: 'b'.repeat(64),
    bin: 'kubectl-bookend',
  });
});

test('the schema for editors takes the ClusterOperators of the examples and refuses a misspelt field or name', () => {
  const reader = z.fromJSONSchema(clusterOperatorJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const text = readFileSync(join(repository, 'examples', 'first', 'clusteroperator.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as { kind: string; spec: object });
  const found = objects.filter(({ kind }) => kind === 'ClusterOperator');
  assert.ok(found.length > 0);
  for (const object of found) {
    assert.deepEqual(reader.safeParse(object).error?.issues ?? [], []);
    for (const wrong of [{ spec: { ...object.spec, teardwon: {} } }, { metadata: { nam: 'x' } }])
      assert.equal(reader.safeParse({ ...object, ...wrong }).success, false);
  }
});

test('the directory of a release is refused when a file is missing, was changed, or is one too many', () => {
  const out = scratch();
  const artifacts = [writeArtifact(out, 'a', 'a'), writeArtifact(out, 'b', 'b')];
  checkDirectory(out, artifacts);
  assert.throws(() => checkDirectory(out, artifacts.slice(1)), { code: 'internal', message: /contains a, b; expected are b/ });
  writeArtifact(out, 'a', 'other');
  assert.throws(() => checkDirectory(out, artifacts), { code: 'internal', message: /a was changed after it was verified/ });
});

test('the table has a line for each artifact, and the digests of images below', () => {
  const artifact = { bytes: 1_500_000, sha256: 'a'.repeat(64), verified: ['x', 'y'] };
  assert.deepEqual(
    table([
      { ...artifact, file: 'image.tar', imageDigest: 'sha256:1' },
      { ...artifact, file: 'b', bytes: 10, verified: [] },
    ]).split('\n'),
    [
      'ARTIFACT   SIZE    SHA-256           VERIFIED BY',
      'image.tar  1.5 MB  aaaaaaaaaaaaaaaa  x, y',
      'b          0.0 KB  aaaaaaaaaaaaaaaa  -',
      'image.tar is the image sha256:1',
    ],
  );
});
