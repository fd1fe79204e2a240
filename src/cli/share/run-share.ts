/** Carries `bookend share` out. Nothing is printed or written before everything is known to be right. */
import { readTexts } from '../plan/read-manifests.ts';
import type { ShareFlags } from '../share.ts';
import type { Surroundings } from '../surroundings.ts';
import { asLines, coloursFor } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { applyTo } from './apply-to.ts';
import { changedText } from './changed-text.ts';
import type { Changed } from './edit/with-values.ts';
import { explanationDocument, explanationLines } from './explanation.ts';
import { imageVolumesAsked } from './image-volumes.ts';
import { type Manifest, manifestOf, objectsIn } from './manifests.ts';
import { shareRequest } from './request.ts';
import { unifiedDiff } from './unified-diff.ts';
import { writeFiles } from './write-files.ts';

/** @throws BookendError `bad-input`, naming file, line and field */
export async function runShare(shares: readonly string[], flags: ShareFlags, surroundings: Surroundings): Promise<ExitCode> {
  const { out, err, readInput, programName } = surroundings;
  const request = shareRequest(shares, flags, programName);
  const manifests = (await readTexts(request.files, readInput)).map(manifestOf);
  const { ask, close } = imageVolumesAsked(flags, surroundings);
  try {
    const shared = await applyTo(manifests.flatMap(objectsIn), request, { seedImage: flags.seedImage, ask });
    if (request.output === 'explanation' || request.output === 'explanation as JSON') {
      const document = explanationDocument(shared);
      const lines = request.output === 'explanation' ? explanationLines(document) : [JSON.stringify(document, null, 2)];
      out(request.output === 'explanation' ? asLines(lines) : `${lines.join('\n')}\n`);
      return 0;
    }
    const changed = manifests.map((manifest) => ({ manifest, ...changedText(manifest, shared) }));
    if (request.output === 'diff') out(changed.map((each) => diffOf(each, surroundings)).join(''), 'for programs');
    else if (request.output === 'manifests') out(joined(changed.map(({ text }) => text)), 'for programs');
    else {
      const files = changed.map(({ manifest, text }) => ({ file: manifest.file, before: manifest.text, after: text }));
      for (const file of await writeFiles(files)) err(asLines([`${file} changed`]));
    }
    return 0;
  } finally {
    await close();
  }
}

function diffOf({ manifest, splices }: Changed & { manifest: Manifest }, { colourOut }: Surroundings): string {
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
