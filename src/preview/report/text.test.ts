import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bad, clean, withoutBookend } from './testing/previews.ts';
import { textReport } from './text.ts';

/** Spaces at the ends of lines cannot be seen. */
const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());

describe('the text report', () => {
  test('says first how it ends, then each finding, when it happens, what remains, and the same uninstall with Bookend', () => {
    assert.equal(
      lines(textReport(bad, { columns: 110 })).join('\n'),
      `✗ helm uninstall agent -n shop --wait: 1 error, 1 warning. It never ends (context deadline exceeded); 1 object
  remains.

ERROR Pods of DaemonSet shop/agent lose their rights while they stop
  rule          permissions-before-pods
  objects       DaemonSet shop/agent
                ClusterRoleBinding agent
  evidence      DaemonSet shop/agent: spec.template.spec.containers[0].lifecycle.preStop.exec.command =
                  ["node","/app/clean.mjs"]: the preStop hook calls the API (manifests/agent.yaml:12)
                ClusterRoleBinding agent: is deleted at 0.2s, 5.0s before the Pod is gone
  what happens  The preStop hook fails with 403; what it cleans stays behind.
  what to do    1. Delete the DaemonSet first, and wait for its Pods.
                     before the uninstall: bookend delete daemonsets.apps/agent -n shop
                2. Make that part of the chart.
                     in the values of bookend-hook: bookend: {delete: [{kind: daemonsets.apps, names: [agent], namespace: shop}]}
  with Bookend  prevented

WARNING Nobody may serve the finalizer example.com/clean
  rule          unserved-finalizer
  objects       Widget shop/first
  evidence      Widget shop/first: has the finalizer example.com/clean
  what happens  Widget shop/first stays Terminating, if no other controller serves it.
  what to do    Keep a controller that serves the finalizer.
                  Ask who wrote it.
                  This loses time.
                  (not tried in the simulation: it depends on a decision)
  with Bookend  stops and reports it

Timeline:
  DaemonSet shop/agent    ────────────────────────────────────────────                        0.4s → 5.3s
  Pod shop/agent-1        ╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍✗                         0.5s → 5.2s
    0.2s shop/agent loses patch nodes: ClusterRoleBinding agent is deleted
    preStop of main fails: nodes "node-1" is forbidden
  Widget shop/first        ─────────────────────────────────────────────────────────────────▶ 0.5s → never
    finalizer example.com/clean is served by nobody
  2 objects gone at once, by 0.3s: ClusterRoleBinding agent, ServiceAccount shop/agent
  (─ being deleted; ━ Pod stopping; ╍ lost a permission; ✗ its preStop hook failed; ▶ never ends; 5.3s to 5m0s
   is drawn shorter)

Left behind:
  Widget shop/first (stuck in Terminating): finalizer example.com/clean: its controller Deployment
    shop/operator is gone

Same uninstall with Bookend:
                         Helm 4                                     Bookend
  outcome                never ends                                 succeeds
  cluster settles after  never                                      6.1s
  failed preStop hooks   1                                          0
  objects left           1                                          0
  findings               2                                          1

Assumed, because the input does not contain it:
  Deployment shop/operator serves the finalizer example.com/clean (likely)

Not seen, so nothing is concluded from it:
  gadgets.example.com: forbidden for user jane
`,
    );
  });

  test('is short when there is nothing to say', () => {
    assert.equal(
      textReport(clean),
      `✓ kubectl delete -f a.yaml: nothing found. It reports success after 0.0s; the cluster settles after
  0.0s; nothing remains.

Timeline:
  1 object gone at once, by 0.0s: ConfigMap default/a
`,
    );
  });

  test('keeps to the width that there is, but for words that are longer and for what is copied', () => {
    const tooLong = lines(textReport(bad, { columns: 60 })).filter(
      (line) => line.length > 60 && !/(before the uninstall|in the values of bookend-hook): /.test(line),
    );
    assert.deepEqual(
      tooLong.filter((line) => line.trim().includes(' ')),
      [],
    );
  });

  test('in short has the verdict, the findings and what was not seen', () => {
    const text = textReport(bad, { brief: true });
    assert.match(text, /^✗ /);
    assert.match(text, /^ERROR .*^WARNING .*^Not seen/ms);
    assert.doesNotMatch(text, /Timeline|Assumed|Left behind:/);
  });

  test('says nothing of Bookend where nobody played that', () => {
    const text = textReport(withoutBookend(bad));
    assert.match(text, /^ERROR .*what to do .*^WARNING .*what to do /ms);
    assert.doesNotMatch(text, /with Bookend|through Bookend/i);
  });

  test('is coloured only where colours are handed in', () => {
    const mark = (text: string) => `<${text}>`;
    const colours = { bold: mark, dim: mark, red: mark, yellow: mark, green: mark, cyan: mark };
    assert.match(textReport(clean, { colours }), /^<<✓/);
    assert.ok(!textReport(bad).includes('\u001b'));
  });
});
