/**
 * A hook whose image comes from another publisher than the rest of the chart: nobody notices when it is gone until the
 * day of the uninstall.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hookRuns } from './hook-runs.ts';
import { advise, withoutHooks } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, listed, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-image',
  name: 'A hook runs an image of third parties',
  means: [
    'The image of a clean-up hook is pulled on the day of the uninstall, perhaps years after the installation and on a node that never had it. Images that others publish for kubectl have been moved, renamed and deleted, and then',
    'the hook does not start and the uninstall fails. The images of the chart itself are on the nodes, or at least where the chart came from.',
  ].join(' '),
  severity: 'warning',
  fails: {
    says: 'kubectl from an image that is not of the chart’s own.',
    yaml: hookExample({ image: 'docker.io/someone/kubectl:1.30' }),
  },
  passes: { says: 'The hook runs the image that the operator runs.', yaml: hookExample({}) },
};

export function find(input: RuleInput): Found[] {
  const own = ownersOfImages(input);
  const cases = own.size === 0 ? [] : hookRuns(input).flatMap((run) => foreignImages(run, own));
  const byImage = Map.groupBy(cases, ({ image }) => image);
  const foreign = byImage.size === 0 ? [] : [findingOf([...byImage.values()].flat(), input)];
  const known = new Set(cases.map(({ image }) => image));
  return [...foreign, ...hookRuns(input).flatMap((run) => floating(run, known, input))];
}

/** An image of a tag that moves: what ran well when the chart was tested may be something else on the day. */
function floating(run: HookRun, known: ReadonlySet<string>, input: RuleInput): Found[] {
  const used = new Set(
    input.world.workloads
      .flatMap(({ id, podSpec }) => (input.isDeleted(id) ? imagesOf(podSpec, '') : []))
      .map(({ image }) => image),
  );
  const moving = imagesOf(run.template.spec, run.template.specPath).filter(
    ({ image }) => isMoving(image) && !known.has(image) && !used.has(image),
  );
  const [first] = moving;
  if (first === undefined) return [];
  return [
    {
      severity: 'warning',
      title: `Hook ${describeId(run.hook.id)} runs ${listed(moving.map(({ image }) => image))}, which may be another image on the day of the uninstall`,
      objects: [run.hook.id],
      evidence: moving.map(({ image, field }) =>
        input.evidence(run.hook.id, 'the tag can move, and there is no digest', field, image),
      ),
      consequence:
        'The hook may run another image than the one that was tested: the node pulls what the publisher has put there last. It depends on whether the hook still does its work with it.',
      remedies: [
        {
          says: 'Pin the image.',
          steps: [
            advise(
              'outside-of-the-cluster',
              'Name a version or a digest of the image; best, the image that the operator of the release runs.',
            ),
          ],
        },
        withoutHooks(input),
      ],
    },
  ];
}

function isMoving(image: string): boolean {
  if (image.includes('@')) return false;
  const [, tag = 'latest'] = /:([^:/]+)$/.exec(image) ?? [];
  return /^(latest|stable|main|master|edge|nightly|dev)$/.test(tag);
}

type Case = { run: HookRun; image: string; field: string };

function foreignImages(run: HookRun, own: ReadonlySet<string>): Case[] {
  return imagesOf(run.template.spec, run.template.specPath).flatMap(({ image, field }) =>
    own.has(ownerOf(image)) ? [] : [{ run, image, field }],
  );
}

/** Whose images the workloads of the release run. */
function ownersOfImages(input: RuleInput): ReadonlySet<string> {
  const ours = input.world.workloads.filter(({ id }) => input.isDeleted(id));
  return new Set(ours.flatMap(({ podSpec }) => imagesOf(podSpec, '').map(({ image }) => ownerOf(image))));
}

function imagesOf(podSpec: Readonly<Record<string, unknown>>, specPath: string): { image: string; field: string }[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    listOf(podSpec[list]).flatMap((container, index) => {
      const image = textOf(fieldAt(container, 'image'));
      return image === undefined ? [] : [{ image, field: `${specPath}.${list}[${index}].image` }];
    }),
  );
}

/** The registry with the first part of the path; `docker.io` where no registry is written, as containerd reads it. */
function ownerOf(image: string): string {
  const parts = (image.split('@')[0] ?? '').split('/');
  const [first = ''] = parts;
  const hasRegistry = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? first.replace(/^(index|registry-1)\.docker\.io$/, 'docker.io') : 'docker.io';
  const path = hasRegistry ? parts.slice(1) : parts;
  return `${registry}/${path.length > 1 ? path[0] : 'library'}`;
}

function findingOf(cases: readonly Case[], input: RuleInput): Found {
  const ids = [...new Set(cases.map(({ run }) => run.hook.id))];
  const images = [...new Set(cases.map(({ image }) => image))].sort();
  // Of images whose publisher is the tool's own there is less to fear.
  const isTools = cases.every(({ run, image }) => ownerOf(image).startsWith('registry.k8s.io/') || run.targets.length > 0);
  return {
    severity: isTools ? 'note' : 'warning',
    title: `${agree(ids, 'Hook', 'Hooks')} ${namesOf(ids)} ${agree(ids, 'runs', 'run')} ${listed(images)}, which ${agree(images, 'is', 'are')} not of this chart’s publisher`,
    objects: ids,
    evidence: cases.map(({ run, image, field }) =>
      input.evidence(
        run.hook.id,
        'pulled at the uninstall; no workload of the release uses an image of that publisher',
        field,
        image,
      ),
    ),
    consequence: `The uninstall fails at the time-out of Helm when the node cannot pull the image: ${describeId(ids[0] as Case['run']['hook']['id'])} does not start. It depends on whether the image still exists on that day.`,
    remedies: [
      {
        says: 'Run the hook with an image that the release needs anyway.',
        steps: [
          advise(
            'outside-of-the-cluster',
            'Use an image of the chart itself, or the library chart bookend-hook; or mirror the image and name it by digest.',
          ),
        ],
      },
      withoutHooks(input),
    ],
  };
}
