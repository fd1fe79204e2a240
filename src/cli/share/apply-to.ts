/** Adds shares to the workloads of manifests. Every error names the file, the line and the field. */
import { BookendError, isCode } from '../../errors.ts';
import { injectLabel, placesInAnnotations, sharesInAnnotations } from '../../share/annotations.ts';
import { applyShares } from '../../share/apply.ts';
import { type Explanation, explainShare } from '../../share/explain.ts';
import { kindWarnings } from '../../share/misplaced.ts';
import type { Places, Share, ShareSettings, ShareWarning } from '../../share/share.ts';
import type { AskImageVolumes } from './image-volumes.ts';
import { type Found, whereabouts } from './manifests.ts';
import { fieldPathOf } from './path.ts';
import type { ShareRequest } from './request.ts';
import { checkContainers, sharesFor } from './shares-for.ts';
import type { PodSpec } from './what-changed.ts';
import { nameOf, type Workload } from './workloads.ts';

/** A workload that got shares. */
export type Shared = {
  found: Workload;
  before: PodSpec;
  spec: PodSpec;
  /** Only looked at where it is asked for. */
  explain(): Explanation[];
  warnings: ShareWarning[];
};

export type ShareContext = { seedImage: string; ask: AskImageVolumes };

/**
 * @param objects of all manifests
 * @param wanted the workloads that shares may go into
 * @returns workloads with shares, in the order of the text
 * @throws BookendError `bad-input` for a share that fits no workload, or not the one that has its containers
 */
export async function applyTo(
  objects: readonly Found[],
  wanted: readonly Workload[],
  request: ShareRequest,
  context: ShareContext,
): Promise<Shared[]> {
  const placeOf: Places['share'] = (index, field) => placeIn(request, index)(field);
  checkContainers(objects, wanted, request.shares, placeOf);
  const results: Shared[] = [];
  for (const workload of wanted) {
    const own = sharesFor(workload, request.shares).map((share): Placed => {
      return { share, placeOf: placeIn(request, request.shares.indexOf(share)) };
    });
    const annotated = request.fromAnnotations ? annotatedShares(workload) : [];
    // What is given on the command line takes the place of what is written down.
    const others = annotated.filter(({ share }) => !own.some((each) => each.share.name === share.name));
    if (own.length + others.length > 0) results.push(await withShares(workload, [...others, ...own], context));
  }
  return results;
}

/** A share with its place in what the user wrote. */
type Placed = { share: Share; placeOf(field: string): string };

/** In messages a share is what was written on the command line. */
function placeIn({ shares, lines }: ShareRequest, index: number): Placed['placeOf'] {
  const line = lines[index] ?? shares[index]?.name ?? '';
  return (field) => `'${line}'${field && ` ${field}`}`;
}

function annotatedShares(workload: Workload): Placed[] {
  const { metadataPath } = workload.template;
  // Of the label that is written as an annotation there is a warning.
  const { [injectLabel]: _, ...annotations } = workload.template.annotations;
  const { shares, problems } = sharesInAnnotations(annotations);
  const metadata = below(workload, metadataPath);
  const inPlace = problems.map(({ field, message }) => ({ field: field.replace(/^metadata/, metadata), message }));
  const [first] = inPlace;
  if (first) {
    const message = inPlace.map(({ field, message: text }) => `${field}: ${text}`).join('; ');
    throw located(workload, new BookendError('bad-input', message, { field: first.field, object: nameOf(workload) }));
  }
  const places = placesInAnnotations(shares, metadata);
  return shares.map((share, index) => ({ share, placeOf: (field) => places.share(index, field) }));
}

async function withShares(found: Workload, placed: readonly Placed[], { seedImage, ask }: ShareContext): Promise<Shared> {
  const { spec, specPath } = found.template;
  const shares = placed.map(({ share }) => share);
  const settings: ShareSettings = { seedImage, ...(await ask(spec, shares)) };
  const places: Places = {
    share: (index, field) => placed[index]?.placeOf(field) ?? '',
    spec: below(found, specPath),
    object: nameOf(found),
  };
  try {
    const after = applyShares({ spec }, shares, settings, places).spec;
    const explain = () => shares.map((share) => explainShare(spec, share, settings, shares));
    return { found, before: spec, spec: after, explain, warnings: kindWarnings(found.object) };
  } catch (error) {
    throw located(found, error);
  }
}

function below({ place }: Found, path: string): string {
  return place === '' ? path : `${place}.${path}`;
}

/** The same error with its place; what is no mistake in the input stays as it is. */
function located(found: Found, error: unknown): unknown {
  if (!isCode(error, 'bad-input')) return error;
  const message = `${whereabouts(found, fieldIn(found, error))}: ${error.message}`;
  return new BookendError('bad-input', message, { ...error.details, cause: error });
}

/** Below the object. A share of the command line has no line; what it clashes with is named in the message. */
function fieldIn({ place, object }: Found, { details, message }: BookendError): ReturnType<typeof fieldPathOf> {
  const prefix = place === '' ? '' : `${place}.`;
  const isOurs = (field: string) =>
    field.startsWith(prefix) && Object.hasOwn(object, /^[^.[]*/.exec(field.slice(prefix.length))?.[0] ?? '');
  const named = [details.field ?? '', ...(message.match(/[A-Za-z][\w-]*(?:\.[\w-]+|\[[^\]\s]{1,300}\])+/g) ?? [])];
  const field = named.find((each) => each !== '' && isOurs(each));
  return field === undefined ? [] : fieldPathOf(field.slice(prefix.length));
}
