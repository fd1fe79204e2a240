/** Puts the shares into the workloads of manifests. Every refusal names the file and the line besides the field. */
import { BookendError, isCode } from '../../errors.ts';
import { describeRef, refOf } from '../../objects/identity.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { placesInAnnotations, sharesInAnnotations } from '../../share/annotations.ts';
import { applyShares } from '../../share/apply.ts';
import { type Explanation, explainShare } from '../../share/explain.ts';
import type { Places, Share, ShareSettings } from '../../share/share.ts';
import { type Sharing, sharingsOf } from '../../share/workloads.ts';
import type { AskImageVolumes } from './image-volumes.ts';
import { type Found, whereabouts } from './manifests.ts';
import type { ShareRequest } from './request.ts';

type PodSpec = Readonly<Record<string, unknown>>;

/** A workload that got shares. */
export type Shared = { found: Found; spec: PodSpec; specPath: string; explanations: Explanation[] };

export type ShareContext = { seedImage: string; ask: AskImageVolumes };

/**
 * @param objects of all manifests
 * @returns workloads with shares, in the order of the text
 * @throws BookendError `bad-input` for a share that fits no workload, or not the one that has its containers
 */
export async function applyTo(objects: readonly Found[], request: ShareRequest, context: ShareContext): Promise<Shared[]> {
  const wanted = objects.filter(({ object }) => podTemplateOf(object) && request.isWanted(object));
  const given = new Map(sharingsIn(wanted, objects, request).map(({ object, shares }) => [object, shares]));
  const results: Shared[] = [];
  for (const found of wanted) {
    const own = (given.get(found.object) ?? []).map((share) => ({ share, placeOf: placeIn(request, share) }));
    const annotated = request.fromAnnotations ? annotatedShares(found) : [];
    // What is given on the command line takes the place of what is written down.
    const others = annotated.filter(({ share }) => !own.some((each) => each.share.name === share.name));
    if (own.length + others.length > 0) results.push(await withShares(found, [...others, ...own], context));
  }
  return results;
}

/** A share with its place in what the user wrote. */
type Placed = { share: Share; placeOf(field: string): string };

/** A share that nobody has the containers for is said to be so of the files that were looked at. */
function sharingsIn(wanted: readonly Found[], objects: readonly Found[], request: ShareRequest): Sharing[] {
  try {
    const place: Places['share'] = (index, field) => placeIn(request, request.shares[index] as Share)(field);
    return sharingsOf(wanted, request.shares, place);
  } catch (error) {
    if (!isCode(error, 'bad-input')) throw error;
    const files = [...new Set(objects.map(({ manifest }) => manifest.file))];
    const looked = files.length > 3 ? `${files.length} files` : files.join(', ');
    throw new BookendError('bad-input', `${looked ? `${looked}: ` : ''}${error.message}`, { ...error.details, cause: error });
  }
}

/** In messages a share is what was written on the command line. */
function placeIn({ shares, lines }: ShareRequest, share: Share): Placed['placeOf'] {
  const line = lines[shares.indexOf(share)] ?? share.name;
  return (field) => `'${line}'${field && ` ${field}`}`;
}

function annotatedShares(found: Found): Placed[] {
  const { annotations = {}, metadataPath = '' } = podTemplateOf(found.object) ?? {};
  const { shares, problems } = sharesInAnnotations(annotations);
  const metadata = below(found, metadataPath);
  const inPlace = problems.map(({ field, message }) => ({ field: field.replace(/^metadata/, metadata), message }));
  const [first] = inPlace;
  if (first) {
    const message = inPlace.map(({ field, message: text }) => `${field}: ${text}`).join('; ');
    throw located(found, new BookendError('bad-input', message, { field: first.field, object: nameOf(found) }));
  }
  const places = placesInAnnotations(shares, metadata);
  return shares.map((share, index) => ({ share, placeOf: (field) => places.share(index, field) }));
}

async function withShares(found: Found, placed: readonly Placed[], { seedImage, ask }: ShareContext): Promise<Shared> {
  const { spec = {}, specPath = '' } = podTemplateOf(found.object) ?? {};
  const shares = placed.map(({ share }) => share);
  const settings: ShareSettings = { seedImage, imageVolumes: await ask(spec, shares) };
  const places: Places = {
    share: (index, field) => placed[index]?.placeOf(field) ?? '',
    spec: below(found, specPath),
    object: nameOf(found),
  };
  try {
    const after = applyShares({ spec }, shares, settings, places).spec;
    return { found, spec: after, specPath, explanations: shares.map((share) => explainShare(spec, share, settings)) };
  } catch (error) {
    throw located(found, error);
  }
}

function below({ place }: Found, path: string): string {
  return place === '' ? path : `${place}.${path}`;
}

export function nameOf({ object }: Found): string {
  return describeRef(refOf(object));
}

/** The same error with the file and the line in front. */
function located(found: Found, error: unknown): unknown {
  if (!isCode(error, 'bad-input')) return error;
  return new BookendError('bad-input', `${whereabouts(found)}: ${error.message}`, { ...error.details, cause: error });
}
