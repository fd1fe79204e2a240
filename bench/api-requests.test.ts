import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countRequests } from './api-requests.ts';

const metrics = `# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, and so on.
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="DELETE",version="v1"} 500
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="configmaps",scope="namespace",subresource="",verb="LIST",version="v1"} 3
apiserver_request_total{code="201",component="apiserver",dry_run="",group="rbac.authorization.k8s.io",resource="roles",scope="resource",subresource="",verb="APPLY",version="v1"} 1.5e+03
apiserver_request_total{code="200",component="apiserver",dry_run="",group="bookend.dev",resource="clusteroperators",scope="resource",subresource="status",verb="PATCH",version="v1alpha1"} 7
apiserver_request_sli_duration_seconds_count{resource="configmaps",verb="DELETE"} 500
`;

test('requests are summed over verbs, answers and subresources of the resources that are asked for', () => {
  assert.equal(countRequests(metrics, ['configmaps']), 503);
  assert.equal(countRequests(metrics, ['configmaps', 'roles', 'clusteroperators']), 2010);
  assert.equal(countRequests(metrics, ['pods']), 0);
});
