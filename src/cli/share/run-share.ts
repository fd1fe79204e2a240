/** Runs `bookend share`. It prints and writes nothing until everything is known to be right. */

import { statSync } from 'node:fs';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { readTexts, standardInput } from '../reading/read-manifests.ts';
import { asLines, coloursFor } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { applyTo, type Shared } from './apply-to.ts';
import { changedText, type NewField } from './changed-text.ts';
import type { Changed } from './edit/with-values.ts';
import { explanationDocument, explanationLines } from './explanation.ts';
import { selectWorkloads } from './filter.ts';
import { imageVolumesAsked } from './image-volumes.ts';
import { listDocument, listLines } from './list.ts';
import { type Found, type Manifest, manifestOf, objectsIn } from './manifests.ts';
import { misplacedIn } from './misplaced.ts';
import { patchText } from './patch-document.ts';
import { fieldPathOf } from './path.ts';
import { removeFrom } from './remove-from.ts';
import { type Outcome, outcomeLines, type Warned, warningLines } from './report.ts';
import { type ShareFlags, type ShareRequest, shareRequest } from './request.ts';
import { unifiedDiff } from './unified-diff.ts';
import { type Workload, workloadsIn } from './workloads.ts';
import { checkBytes, writeFiles } from './write-files.ts';

/** @throws BookendError `bad-input`, naming file, line and field */
export async function runShare(words: readonly string[], flags: ShareFlags, invocation: Invocation): Promise<ExitCode> {
  const { out, err, readInput, programName } = invocation;
  const request = shareRequest(words, flags, programName, isFile);
  const manifests = (await readTexts(request.files, readInput, request.recursive)).map(manifestOf);
  const objects = manifests.flatMap(objectsIn);
  const workloads = selectWorkloads(workloadsIn(objects, request.templatePath), request, objects);
  const warn = (warned: readonly Warned[]) => err(asLines(warningLines(warned)));
  if (request.output === 'list' || request.output === 'list as JSON') {
    const document = listDocument(workloads);
    if (request.output === 'list') out(asLines(listLines(document)));
    else await outJson(document, invocation);
    warn(misplacedIn(objects, request));
    return 0;
  }
  if (request.remove.length > 0) {
    const removed = removeFrom(workloads, request.remove);
    const fields = removed.flatMap((each) => each.fields);
    await print({ manifests, fields, outcomes: removed, request, flags }, invocation);
    return 0;
  }
  const shared = await applied(objects, workloads, request, flags, invocation);
  if (request.output === 'explanation' || request.output === 'explanation as JSON') {
    const document = explanationDocument(shared);
    if (request.output === 'explanation') out(asLines(explanationLines(document)));
    else await outJson(document, invocation);
  } else {
    const fields = shared.map(({ found, spec }) => ({ found, path: fieldPathOf(found.template.specPath), value: spec }));
    await print({ manifests, fields, outcomes: shared, request, flags }, invocation);
  }
  warn([
    ...misplacedIn(objects, request),
    ...shared.flatMap(({ found, warnings }) => warnings.map((warning) => ({ found, warning }))),
  ]);
  return 0;
}

async function applied(
  objects: readonly Found[],
  workloads: readonly Workload[],
  request: ShareRequest,
  flags: ShareFlags,
  invocation: Invocation,
): Promise<Shared[]> {
  const { ask, close } = imageVolumesAsked(flags, invocation);
  try {
    return await applyTo(objects, workloads, request, { seedImage: flags.seedImage, ask });
  } finally {
    await close();
  }
}

type Results = {
  manifests: readonly Manifest[];
  fields: readonly NewField[];
  outcomes: readonly Outcome[];
  request: ShareRequest;
  flags: ShareFlags;
};

async function print({ manifests, fields, outcomes, request, flags }: Results, invocation: Invocation): Promise<void> {
  const { out, err } = invocation;
  const changed = request.output === 'patch' ? [] : manifests.map((manifest) => ({ manifest, ...changedText(manifest, fields) }));
  if (request.output === 'patch') out(patchText(fields), 'for programs');
  else if (request.output === 'diff') out(changed.map((each) => diffOf(each, invocation)).join(''), 'for programs');
  else if (request.output === 'manifests') {
    for (const { file, text } of manifests) if (file !== standardInput) await checkBytes(file, text);
    out(joined(changed.map(({ text }) => text)), 'for programs');
  } else {
    const files = changed.map(({ manifest, text }) => ({ file: manifest.file, before: manifest.text, after: text }));
    for (const file of await writeFiles(files)) err(asLines([`${file} changed`]));
  }
  if (!flags.quiet) err(asLines(outcomeLines(outcomes)));
}

function isFile(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false }) !== undefined;
}

function diffOf({ manifest, splices }: Changed & { manifest: Manifest }, { colourOut }: Invocation): string {
  const { bold, cyan, green, red } = coloursFor(colourOut);
  const painted = (line: string) => {
    if (/^(---|\+\+\+) /.test(line)) return bold;
    return line.startsWith('@@') ? cyan : line.startsWith('+') ? green : line.startsWith('-') ? red : undefined;
  };
  const lines = unifiedDiff(manifest.file, manifest.text, splices);
  return lines
    .map(
      (line, index) =>
        (painted(index > 1 ? line.replace(/^(---|\+\+\+) /, '$1') : line)?.(line.trimEnd()) ?? line.trimEnd()) +
        (line.endsWith('\r\n') ? '\r\n' : '\n'),
    )
    .join('');
}

/** Several files are one stream of documents; a single one is printed as it is. */
function joined(texts: readonly string[]): string {
  return texts.reduce((stream, text) => {
    const finished = stream === '' || stream.endsWith('\n') ? stream : `${stream}\n`;
    const begins = /^(\uFEFF?(#[^\n]*)?\r?\n)*(---|%)/.test(text);
    return `${finished}${stream === '' || begins ? '' : '---\n'}${text}`;
  }, '');
}
