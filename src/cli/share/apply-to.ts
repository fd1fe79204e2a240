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
  const sharings = new Map(sharingsIn(wanted, objects, request).map(({ object, shares }) => [object, shares]));
  const results: Shared[] = [];
  for (const found of wanted) {
    const { spec = {}, specPath = '' } = podTemplateOf(found.object) ?? {};
    let shared: Shared = { found, spec, specPath, explanations: [] };
    if (request.fromAnnotations) shared = await withAnnotated(shared, context);
    const shares = sharings.get(found.object) ?? [];
    const place = placeIn(request);
    const places = placesFor(shared, (index, field) => place(request.shares.indexOf(shares[index] as Share), field));
    shared = await withShares(shared, shares, places, context);
    if (shared.explanations.length > 0) results.push(shared);
  }
  return results;
}

/** A share that nobody has the containers for is said to be so of the files that were looked at. */
function sharingsIn(wanted: readonly Found[], objects: readonly Found[], request: ShareRequest): Sharing[] {
  try {
    return sharingsOf(wanted, request.shares, placeIn(request));
  } catch (error) {
    if (!isCode(error, 'bad-input')) throw error;
    const files = [...new Set(objects.map(({ manifest }) => manifest.file))];
    const looked = files.length > 3 ? `${files.length} files` : files.join(', ');
    throw new BookendError('bad-input', `${looked ? `${looked}: ` : ''}${error.message}`, { ...error.details, cause: error });
  }
}

/** In messages a share is what was written on the command line. */
function placeIn({ lines }: ShareRequest): Places['share'] {
  return (index, field) => `'${lines[index] ?? ''}'${field && ` ${field}`}`;
}

async function withAnnotated(shared: Shared, context: ShareContext): Promise<Shared> {
  const { annotations = {}, metadataPath = '' } = podTemplateOf(shared.found.object) ?? {};
  const { shares, problems } = sharesInAnnotations(annotations);
  const metadata = below(shared.found, metadataPath);
  const inPlace = problems.map(({ field, message }) => ({ field: field.replace(/^metadata/, metadata), message }));
  const [first] = inPlace;
  if (first) {
    const message = inPlace.map(({ field, message: text }) => `${field}: ${text}`).join('; ');
    throw located(shared.found, new BookendError('bad-input', message, { field: first.field, object: nameOf(shared.found) }));
  }
  return withShares(
    shared,
    shares,
    { ...placesFor(shared, () => ''), ...placesInAnnotations(shares, metadata, below(shared.found, shared.specPath)) },
    context,
  );
}

async function withShares(shared: Shared, shares: readonly Share[], places: Places, context: ShareContext): Promise<Shared> {
  if (shares.length === 0) return shared;
  const { found, spec, explanations } = shared;
  const settings: ShareSettings = { seedImage: context.seedImage, imageVolumes: await context.ask(spec, shares) };
  try {
    const after = applyShares({ spec }, shares, settings, places).spec;
    return {
      ...shared,
      spec: after,
      explanations: [...explanations, ...shares.map((share) => explainShare(spec, share, settings))],
    };
  } catch (error) {
    throw located(found, error);
  }
}

function placesFor({ found, specPath }: Shared, share: Places['share']): Places {
  return { share, spec: below(found, specPath), object: nameOf(found) };
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
