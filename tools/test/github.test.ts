import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as versions from '../local-cluster/versions.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const workflows = globSync('.github/workflows/*.yml', { cwd: root });

type Workflow = {
  permissions: unknown;
  defaults?: { run?: { shell?: string } };
  jobs: Record<string, { steps: { uses?: string; run?: string; shell?: string }[] }>;
};

describe('the workflows', () => {
  for (const path of workflows) {
    const text = read(path);
    const { permissions, defaults, jobs } = parse(text) as Workflow;
    const steps = Object.values(jobs).flatMap((job) => job.steps);

    test(`${path} may only read, and names each action by the digest of a commit`, () => {
      assert.deepEqual(permissions, { contents: 'read' });
      for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      assert.equal(text.match(/uses: \S+ # v\d+\.\d+\.\d+\n/g)?.length, steps.filter(({ uses }) => uses).length);
    });

    // A runner uses `bash -e` unless the shell is named, and then `bash -eo pipefail`: without the name,
    // `npm run release | tee` succeeds when the release fails.
    test(`${path} fails when the first command of a pipe fails`, () => {
      for (const { run = '', shell = defaults?.run?.shell } of steps)
        if (/[^|]\|[^|]/.test(run)) assert.equal(shell, 'bash', run);
    });

    test(`${path} runs npm scripts that there are`, () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      for (const { run = '' } of steps)
        for (const [, name = ''] of run.matchAll(/\bnpm run ([\w-]+)/g)) assert.ok(name in scripts, name);
    });
  }
});

test('the issue templates are forms that GitHub can show', () => {
  const ids = globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: root })
    .filter((path) => !path.endsWith('config.yml'))
    .map((path) => {
      const form = parse(read(path)) as { name?: string; description?: string; body: { type: string; id?: string }[] };
      assert.ok(form.name && form.description, path);
      const fields = form.body.filter(({ type }) => type !== 'markdown').map(({ id }) => id);
      assert.equal(new Set(fields).size, fields.length, path);
      return fields.length;
    });
  assert.ok(ids.length >= 3 && ids.every((count) => count > 0));
});

test('Renovate finds the versions of the local cluster', () => {
  const { customManagers } = JSON.parse(read('.github/renovate.json')) as {
    customManagers: { matchStrings: string[]; managerFilePatterns: string[] }[];
  };
  const found = customManagers.flatMap(({ matchStrings, managerFilePatterns }) => {
    assert.deepEqual(managerFilePatterns, ['/^tools/local-cluster/versions\\.ts$/']);
    const text = read('tools/local-cluster/versions.ts');
    return matchStrings.flatMap((pattern) =>
      [...text.matchAll(new RegExp(pattern, 'g'))].map(({ groups }) => groups?.currentValue),
    );
  });
  const { kubernetesReleases, containerdVersion, helm3Version, helm4Version } = versions;
  assert.deepEqual(found, [...Object.values(kubernetesReleases), containerdVersion, helm3Version, helm4Version]);
});
