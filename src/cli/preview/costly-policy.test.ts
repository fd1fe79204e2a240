import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { previewSchema } from './schema.ts';

const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]';
const costly = `${Array.from({ length: 9 }, (_, depth) => `${ten}.all(n${depth}, `).join('')}n0 < 11${')'.repeat(9)}`;
const redos = `("${'a'.repeat(60)}!").matches("(a+)+$") || true`;

/** A ConfigMap whose deletion a policy and a webhook judge. */
const manifest = (expression: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: costly}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [DELETE], resources: [configmaps]}]}
  validations: [{expression: ${JSON.stringify(expression)}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: costly}
spec: {policyName: costly, validationActions: [Deny]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: costly-too}
webhooks:
  - name: costly.example.com
    clientConfig: {url: "https://example.com/"}
    sideEffects: None
    admissionReviewVersions: [v1]
    matchConditions: [{name: a, expression: ${JSON.stringify(expression)}}]
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [DELETE], resources: [configmaps]}]
`;

describe('a policy that is too costly to evaluate', () => {
  for (const verb of ['preview', 'lint']) {
    test(`bookend ${verb} names it among what it did not see, and concludes nothing from it`, async () => {
      const run = (args: string[]) =>
        simulatedTerminal().run([verb, '-f', '-', ...args], { input: manifest(costly), offline: true });
      const { out, exitCode } = await run(['-o', 'json']);
      const { notSeen, findings } = previewSchema.parse(JSON.parse(out));
      assert.equal(exitCode, 0);
      assert.deepEqual(
        findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      const text = 'its CEL is too costly to evaluate, so nobody knows whether it refuses; it was played as if it did not';
      assert.deepEqual(notSeen.filter((each) => each.includes('costly')).sort(), [
        `ValidatingAdmissionPolicy costly: ${text}`,
        `ValidatingWebhookConfiguration costly-too: ${text}`,
      ]);
      assert.match((await run([])).out, /Not seen, so nothing is concluded from it:\n.*too costly to evaluate/s);
    });

    test(`bookend ${verb} evaluates regular expressions that would keep another engine busy for years`, async () => {
      const { out } = await simulatedTerminal().run([verb, '-f', '-', '-o', 'json'], { input: manifest(redos), offline: true });
      assert.deepEqual(
        previewSchema.parse(JSON.parse(out)).notSeen.filter((each) => each.includes('costly')),
        [],
      );
    });
  }
});
