/**
 * `bookend why` of public reports: it names the cause that the thread found, prints the cure, and the first remedy of
 * each blocker, done in the order of the text, sets the object free on the simulated cluster.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { servesFinalizer } from '../../../cluster/simulated/index.ts';
import { readYaml } from '../../../objects/yaml.ts';
import { runSteps } from '../../../remedies/play/run-steps.ts';
import type { CommandStep, Remedy } from '../../../remedies/remedy.ts';
import { allOf, type Blocker, isStuck } from '../../../why/blocker.ts';
import { commandsIn, saidIn } from '../../../why/testing/flat.ts';
import { simulatedTerminal } from '../../testing/simulated-terminal.ts';
import { whySchema } from '../schema.ts';
import { builtIn } from './built-in.ts';
import { inUse } from './in-use.ts';
import { nodes } from './nodes.ts';
import { operators } from './operators.ts';
import type { Report } from './report.ts';

const reports = [...operators, ...builtIn, ...inUse, ...nodes];

/** Of all reports. */
const printed: Remedy[] = [];

async function stage({ manifests, serves }: Report) {
  const deletedAt = 'deletionTimestamp: "2026-11-21T23:40:00Z"';
  const objects = readYaml(manifests.replaceAll(/\bDELETED\b/g, deletedAt), 'report.yaml').map(({ object }) => object);
  const terminal = simulatedTerminal({ nodes: objects.some(({ kind }) => kind === 'Node') ? [] : ['n1'] });
  const { adopt, environment } = terminal.simulated;
  const withUids = objects.map((each) => ({
    ...each,
    metadata: { uid: `${each.kind}-${each.metadata.name}`, ...each.metadata },
  }));
  adopt(withUids);
  if (serves) {
    const [namespace = '', name = ''] = serves.deployment.split('/');
    servesFinalizer(environment, { ...serves, workload: { namespace, name } });
  }
  return terminal;
}

describe('bookend why of a public report', () => {
  for (const report of reports) {
    test(`${report.source}: ${report.cause}`, async () => {
      const terminal = await stage(report);
      const ask = ['why', ...report.ask.split(' ')];
      const { out, err, exitCode } = await terminal.run([...ask, '-o', 'json']);
      assert.ok(out, err);
      const answer = whySchema.parse(JSON.parse(out));
      printed.push(...allOf(answer.blockers).flatMap(({ remedies }) => remedies));
      const [said, commands] = [saidIn(answer.blockers), commandsIn(answer.blockers)];
      const shown = [...said, '', ...commands].join('\n');
      assert.equal(exitCode, report.exit ?? 7, shown);
      for (const form of report.says)
        assert.ok(
          said.some((text) => form.test(text)),
          `${form}\n${shown}`,
        );
      if (report.command)
        assert.ok(
          commands.some((text) => report.command?.test(text)),
          `${report.command}\n${shown}`,
        );
      if (report.not) assert.doesNotMatch(shown, report.not);
      if (report.exit === 0 || report.isFreed === false) return;

      const steps = inOrder(answer.blockers);
      const { failure } = await runSteps(terminal.simulated, steps);
      assert.equal(failure, undefined, steps.map(({ argv }) => argv.join(' ')).join('\n'));
      await terminal.simulated.settle(60_000);
      const again = await terminal.run(ask);
      assert.notEqual(again.exitCode, 7, again.out);
    });
  }

  test('prints what was not played only where nothing can play it, and at most once in ten', () => {
    const notPlayed = printed.flatMap(({ says, played }) => (played.result === 'not-played' ? [[played.because, says]] : []));
    assert.deepEqual(notPlayed, [['outside-of-the-cluster', 'If node n1 is certainly switched off, declare it out of service.']]);
    assert.ok(notPlayed.length * 10 <= printed.length, `${notPlayed.length} of ${printed.length}`);
  });

  test('is one of at least twenty', () => {
    assert.ok(reports.length >= 20);
    assert.equal(new Set(reports.map(({ source }) => source)).size, reports.length);
  });
});

/** What a reader does who works through the text: of each blocker that will not go by itself the first cure. */
function inOrder(blockers: readonly Blocker<Remedy>[]): CommandStep[] {
  const cures = allOf(blockers)
    .filter(isStuck)
    .flatMap(({ remedies }) => remedies.find(({ played }) => played.result === 'cures') ?? []);
  const steps = cures.flatMap((remedy) => remedy.steps.flatMap((step) => (step.do === 'run' ? [step] : [])));
  return [...new Map(steps.map((step) => [step.argv.filter((word) => word !== '--ignore-not-found').join(' '), step])).values()];
}
