/** Why a Pod cannot have a share: missing containers, an unsupported operating system, names in use. */
import { fieldAt, isMap, listOf, mapOf, textOf } from '../objects/fields.ts';
import type { Problem } from '../objects/validate.ts';
import { isOurs } from './command.ts';
import { listed, mostReasons, shortened } from './limits.ts';
import { seedContainer, shareVolume, toolsVolume } from './names.ts';
import { affinityField, requiredTerms } from './node-problems.ts';
import type { Places, Share } from './share.ts';
import { containerNamed, containersOf, type Fields, volumeNamed } from './spec.ts';

export function templateProblems(spec: Fields, shares: readonly Share[], places: Places): Problem[] {
  return [
    ...windowsProblems(spec, places),
    ...containerProblems(spec, shares, places),
    ...twins(spec, places),
    ...nameProblems(spec, shares, places),
  ];
}

function containerProblems(spec: Fields, shares: readonly Share[], places: Places): Problem[] {
  const known = new Set(containersOf(spec).flatMap(({ container, name }) => (isOurs(container) ? [] : [name])));
  const names = listed([...known]) || 'none';
  return shares.flatMap(({ from, to }, index) => {
    const sources = from && 'container' in from ? [{ container: from.container, field: 'from.container' }] : [];
    const consumers = to.map(({ container }, at) => ({ container, field: `to[${at}].container` }));
    const missing = [...sources, ...consumers]
      .filter(({ container }) => !known.has(container))
      .map(({ container, field }) => ({
        field: places.share(index, field),
        message: `the Pod has no container ${JSON.stringify(container)}; its containers are: ${names}`,
      }));
    const [source] = sources;
    const image = source && fieldAt(containerNamed(spec, source.container)?.container, 'image');
    // DeploymentConfigs have a blank until a trigger puts the image there, for the containers that it names.
    if (missing.length > 0 || !source || textOf(image)?.trim()) return missing;
    return [
      {
        field: places.share(index, source.field),
        message: `container ${source.container} has no image. Name the image as the source, such as image(example.com/app:1)`,
      },
    ];
  });
}

/**
 * Which of two is meant nobody knows, and each would get all mounts. The API server refuses them too, but only after
 * its webhooks were asked.
 */
function twins(spec: Fields, places: Places): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { name, list, index } of containersOf(spec)) {
    if (seen.has(name) && problems.length < mostReasons) {
      const message = `another container has the name ${JSON.stringify(shortened(name))} too: rename one of them`;
      problems.push({ field: `${places.spec}.${list}[${index}].name`, message });
    }
    seen.add(name);
  }
  return problems;
}

/** The tool is a Linux program, and Windows has neither its paths nor its volumes of one file. */
function windowsProblems(spec: Fields, places: Places): Problem[] {
  const problem = (field: string) => [
    { field: `${places.spec}.${field}`, message: 'the Pod is for Windows, and shares need Linux' },
  ];
  if (fieldAt(spec, 'os', 'name') === 'windows') return problem('os.name');
  const selector = mapOf(spec.nodeSelector);
  for (const label of osLabels) if (selector[label] === 'windows') return problem(`nodeSelector[${label}]`);
  const terms = requiredTerms(spec);
  const isWindows = (term: unknown) =>
    listOf(fieldAt(term, 'matchExpressions')).some(
      (rule) =>
        osLabels.includes(String(fieldAt(rule, 'key'))) &&
        fieldAt(rule, 'operator') === 'In' &&
        listOf(fieldAt(rule, 'values')).every((value) => value === 'windows'),
    );
  return terms.length > 0 && terms.every(isWindows) ? problem(affinityField) : [];
}

const osLabels = ['kubernetes.io/os', 'beta.kubernetes.io/os'];

/** What is called like ours and is not ours would be overwritten. */
function nameProblems(spec: Fields, shares: readonly Share[], places: Places): Problem[] {
  const taken: Problem[] = [];
  const volumes = shares.map(({ name }, index) => ({ name: shareVolume(name), index }));
  for (const { name, index } of volumes) {
    const volume = volumeNamed(spec, name);
    if (volume && !isMap(volume.emptyDir) && !isMap(volume.image)) {
      taken.push({
        field: places.share(index, 'name'),
        message: `the Pod already has a volume ${name} that does not belong to a share`,
      });
    }
  }
  const tools = volumeNamed(spec, toolsVolume);
  if (tools && !isMap(tools.emptyDir) && !isMap(tools.image)) {
    taken.push({
      field: `${places.spec}.volumes`,
      message: `the volume ${toolsVolume} has a name that Bookend reserves: rename it`,
    });
  }
  const reserved = new Map(volumes.map(({ name, index }) => [name, places.share(index, 'name')]));
  for (const { container, name, list, index } of containersOf(spec)) {
    if (isOurs(container) && list === 'initContainers') continue;
    const at = `${places.spec}.${list}[${index}]`;
    if (name === seedContainer)
      taken.push({ field: `${at}.name`, message: `${seedContainer} is a name that Bookend reserves: rename the container` });
    const field = reserved.get(name);
    if (field) taken.push({ field, message: `the Pod already has a container ${name} (${at}) that does not belong to a share` });
  }
  return taken;
}
