/**
 * A hook whose image comes from somebody else than the rest of the chart: nobody notices when it is gone until the day
 * of the uninstall.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hookRuns } from './hook-runs.ts';
import type { Found, Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { listed, namesOf } from './words.ts';

export const hookImage: Rule = {
  id: 'hook-image',
  name: 'A hook runs an image of third parties',
  means: [
    'The image of a clean-up hook is pulled on the day of the uninstall, perhaps years after the installation and on a node that never had it. Images that others publish for kubectl have been moved, renamed and deleted, and then',
    'the hook does not start and the uninstall fails. The images of the chart itself are on the nodes, or at least where the chart came from.',
  ].join(' '),
  fails: {
    says: 'kubectl from an image that is not of the chart’s own.',
    yaml: hookExample({ image: 'docker.io/someone/kubectl:1.30' }),
  },
  passes: { says: 'The hook runs the image that the operator runs.', yaml: hookExample({}) },
  find(input) {
    const own = ownersOfImages(input);
    const cases = own.size === 0 ? [] : hookRuns(input).flatMap((run) => foreignImages(run, own));
    const byImage = Map.groupBy(cases, ({ image }) => image);
    return byImage.size === 0 ? [] : [findingOf([...byImage.values()].flat(), input)];
  },
};

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
    title: `${ids.length === 1 ? 'Hook' : 'Hooks'} ${namesOf(ids)} ${ids.length === 1 ? 'runs' : 'run'} ${listed(images)}, which ${images.length === 1 ? 'is' : 'are'} not of this chart’s publisher`,
    objects: ids,
    evidence: cases.map(({ run, image, field }) =>
      input.evidence(
        run.hook.id,
        'pulled at the uninstall; no workload of the release uses an image of that publisher',
        field,
        image,
      ),
    ),
    consequence: `When the image cannot be pulled then, ${describeId(ids[0] as Case['run']['hook']['id'])} does not start, Helm waits for its time-out and the uninstall fails. It depends on whether the image is still there on that day.`,
    remedy:
      'Run the hook with an image of the chart itself, or the library chart bookend-hook; mirror the image and name it by digest where neither will do. `helm uninstall --no-hooks` goes without the hook and what it would have cleaned up.',
  };
}
