/**
 * Finds the line of a rendered object in its template. `# Source: agent/templates/role.yaml` names the file, and its
 * `kind:` lines the line, if there are as many as objects. A chart in an archive has no files that an editor could
 * open.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Given, Origin, Subject } from '../../reading/subject.ts';

/** @param chart the directory of the chart */
export async function inTemplates(subject: Subject, chart: string): Promise<Subject> {
  const all = [...subject.objects, ...subject.hooks, ...subject.crds];
  const sources = new Set(all.flatMap(({ origin }) => origin?.source ?? []));
  const texts = new Map<string, string | undefined>();
  await Promise.all([...sources].map(async (source) => texts.set(source, await textOf(pathOf(chart, source)))));
  const places = placesOf(all, chart, texts);
  const placed = (given: Given): Given => {
    const origin = places.get(given);
    return origin ? { ...given, origin } : given;
  };
  return { ...subject, objects: subject.objects.map(placed), hooks: subject.hooks.map(placed), crds: subject.crds.map(placed) };
}

/** The chart's own name stands first in the source; its directory may have another one. */
function pathOf(chart: string, source: string): string {
  return join(chart, ...source.split('/').slice(1));
}

async function textOf(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}

function placesOf(all: readonly Given[], chart: string, texts: ReadonlyMap<string, string | undefined>): Map<Given, Origin> {
  const places = new Map<Given, Origin>();
  const byTemplate = Map.groupBy(all, ({ object, origin }) => `${origin?.source ?? ''} ${object.kind}`);
  for (const givens of byTemplate.values()) {
    const source = givens[0]?.origin?.source;
    const text = source === undefined ? undefined : texts.get(source);
    if (source === undefined || text === undefined) continue;
    const lines = linesOfKind(text, givens[0]?.object.kind ?? '');
    // In the order of the output, which for objects of one kind and template is the order in the template.
    const inOrder = [...givens].sort((a, b) => (a.origin?.line ?? 0) - (b.origin?.line ?? 0));
    inOrder.forEach((given, index) => {
      const line = lines.length === givens.length ? lines[index] : lines.length === 1 ? lines[0] : undefined;
      places.set(given, { file: pathOf(chart, source), source, ...(line !== undefined && { line }) });
    });
  }
  return places;
}

function linesOfKind(text: string, kind: string): number[] {
  const pattern = new RegExp(`^kind:\\s*["']?${RegExp.escape(kind)}["']?\\s*(#.*)?$`);
  return text.split('\n').flatMap((line, index) => (pattern.test(line.trimEnd()) ? [index + 1] : []));
}
