import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubernetesGoModule } from './recipes.ts';

const upstream = `// This is a generated file. Do not edit directly.

module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
	go.etcd.io/etcd/server/v3 v3.7.0 // indirect
	k8s.io/api v0.0.0
	k8s.io/utils v0.0.0-20260626114624-be93311217bd
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/streaming => ./staging/src/k8s.io/streaming
)

replace k8s.io/metrics => ./staging/src/k8s.io/metrics
`;

test('the go.mod of a release becomes one that uses the published staging modules', () => {
  assert.equal(
    kubernetesGoModule(upstream, '1.37.2'),
    `module bookend.dev/local-cluster

go 1.26.0

godebug default=go1.26

require (
	go.etcd.io/etcd/server/v3 v3.7.0 // indirect
	k8s.io/api v0.37.2
	k8s.io/utils v0.0.0-20260626114624-be93311217bd
)

replace (
	k8s.io/api => k8s.io/api v0.37.2
	k8s.io/streaming => k8s.io/streaming v0.37.2
)

replace k8s.io/metrics => k8s.io/metrics v0.37.2

require k8s.io/kubernetes v1.37.2
`,
  );
});

test('a release that has fewer staging modules names only its own', () => {
  const older = upstream.replace(/.*k8s.io\/streaming.*\n/, '');
  assert.doesNotMatch(kubernetesGoModule(older, '1.35.4'), /streaming/);
});
