import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mermaidReport } from './mermaid.ts';
import { bad, clean } from './testing/previews.ts';

describe('the Mermaid report', () => {
  test('is a gantt chart of what takes its time, Pods without rights marked', () => {
    assert.equal(
      mermaidReport(bad),
      [
        'gantt',
        '  title helm uninstall agent -n shop --wait 1 error, 1 warning',
        '  dateFormat x',
        '  axisFormat %M:%S',
        '  section Objects',
        '    DaemonSet shop/agent :active, 400, 5300',
        '    Widget shop/first (never ends) :crit, 500, 5830',
        '  section Pods',
        '    Pod shop/agent-1 without rights, preStop fails (0.5s) :crit, 450, 5200',
        '  section Gone at once',
        '    2 objects :milestone, 200, 200',
        '',
      ].join('\n'),
    );
  });

  test('has no section without tasks, and no character that would end a name', () => {
    assert.doesNotMatch(mermaidReport(clean), /section (Objects|Pods)/);
    const [first] = clean.timeline;
    assert.ok(first);
    const timeline = [{ ...first, object: { ...first.object, name: 'a:b;c#d' }, goneAt: 5_000 }];
    assert.match(mermaidReport({ ...clean, timeline }), /^ {4}ConfigMap default\/a b c d :active, 0, 5000$/m);
  });
});
