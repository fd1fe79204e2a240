import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportFrame, reportsOf } from './reports.ts';

test('a command that writes an HTML file is a report, and other commands are not', () => {
  const page = [
    '```sh\nnode bin/bookend.js preview chart -n shop -o html > faulty.html\n```',
    '```sh\nnode bin/bookend.js preview chart -o json > faulty.json\n```',
    '```text\nnode bin/bookend.js preview chart -o html > shown.html\n```',
  ].join('\n\n');
  const [report, ...others] = reportsOf('tutorial/report.md', page);
  assert.deepEqual(report, { args: ['preview', 'chart', '-n', 'shop', '-o', 'html'], path: 'tutorial/faulty.html' });
  assert.deepEqual(others, []);
});

test('the page shows the report in a frame that has a title', () => {
  assert.match(reportFrame({ args: [], path: 'tutorial/faulty.html' }), /<iframe [^>]*src="\.\/faulty\.html" title="The report"/);
});
