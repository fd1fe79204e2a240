/** A receipt for a person at a terminal: the verdict, what is left and how to remove it, then what went. */
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { oneLine } from '../../objects/visible-text.ts';
import { wrapped } from '../../preview/report/text/wrap.ts';
import { playedText, stepTexts } from '../../remedies/remedy-text.ts';
import type { Receipt, Reinstall, Residue } from '../../residue/receipt.ts';
import { isSure } from '../../residue/verdict.ts';
import type { Colours } from '../terminal.ts';

export type ReceiptTextOptions = { columns: number; colours: Colours; programName: string };

/** So many lines of one list; more are counted. */
const shown = 20;

export function receiptText(receipt: Receipt, { columns, colours, programName }: ReceiptTextOptions): string {
  const width = Math.max(40, Math.min(columns, 140));
  const sure = receipt.residue.filter(isSure);
  const possible = receipt.residue.filter((each) => !isSure(each));
  const list = (title: string, texts: readonly string[]) => listed(title, texts, width, colours);
  const sections = [
    verdictLines(receipt, width, colours),
    residueLines('Left behind', sure, width, colours),
    residueLines(
      `Possibly of this ${receipt.from === undefined ? 'release' : 'uninstall'}: the evidence can be forged, or others may need it`,
      possible,
      width,
      colours,
    ),
    removalLines(receipt, programName, width),
    list(
      'Kept on purpose',
      receipt.kept.map(({ id, says }) => `${describeId(id)}: ${says}`),
    ),
    list(
      'Forced',
      receipt.forced.map(({ id, says, loses }) => `${describeId(id)}: ${says}; this lost ${loses}`),
    ),
    list(
      'PreStop hooks that failed: what they should have cleaned up may remain',
      receipt.failedPreStopHooks.map(({ namespace, pod, message }) => `Pod ${namespace}/${pod}: ${message}`),
    ),
    list('Gone', goneTexts(receipt)),
    ...reinstallSections(receipt.reinstall).map(([title, texts]) => list(title, texts)),
    list('Not seen, so nothing is concluded from it', receipt.notSeen),
  ];
  const blocks = sections.filter((lines) => lines.length > 0).map((lines) => lines.map(oneLine).join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

/** Where no object and no record names a release of the namespace. */
export function nothingKnownText(namespace: string): string {
  return `No uninstalled release is on record in namespace ${namespace}, and no object names one. To search for one, replace RELEASE with its name, and CHART with the directory, the archive or the reference of its chart: bookend residue RELEASE ${shellCommand('-n', namespace)} --chart CHART\n`;
}

function verdictLines(receipt: Receipt, width: number, colours: Colours): string[] {
  const { verdict, residue, stopped } = receipt;
  const name = titleOf(receipt);
  const count = residue.filter(isSure).length;
  const words = {
    clean: `✓ ${name}: clean, nothing of it is left`,
    residue: `✗ ${name}: ${count} ${count === 1 ? 'thing is' : 'things are'} left behind`,
    'clean-as-far-as-seen': `! ${name}: clean as far as seen; ${doubtsOf(receipt).join('; ')}`,
    blocked: `✗ ${name}: blocked${stopped ? `: ${stopped.says}` : ''}`,
    'timed-out': `✗ ${name}: timed out${stopped ? `: ${stopped.says}` : ''}`,
  } as const;
  const paint = verdict === 'clean' ? colours.green : verdict === 'clean-as-far-as-seen' ? colours.yellow : colours.red;
  return wrapped(words[verdict], width, 2).map((line) => paint(colours.bold(line)));
}

function titleOf({ release: { name, namespace }, from }: Receipt): string {
  if (from === 'namespace') return `Namespace ${name}`;
  return from === 'files' ? `What ${name} names` : `Release ${name} in namespace ${namespace}`;
}

/** Why it is not called clean. */
function doubtsOf({ residue, notSeen, failedPreStopHooks, forced }: Receipt): string[] {
  const possible = residue.filter((each) => !isSure(each)).length;
  return [
    ...(possible > 0 ? [`${possible} ${possible === 1 ? 'thing' : 'things'} may be left`] : []),
    ...(notSeen.length > 0 ? ['not everything could be looked at'] : []),
    ...(failedPreStopHooks.length > 0 ? ['a preStop hook failed'] : []),
    ...(forced.length > 0 ? ['something was forced'] : []),
  ];
}

function residueLines(title: string, residue: readonly Residue[], width: number, colours: Colours): string[] {
  if (residue.length === 0) return [];
  const ids = new Set(residue.map(({ ref }) => ref.uid));
  const tops = residue.filter((each) => each.what !== 'child' || !each.evidence.some(({ value }) => ids.has(value ?? '')));
  const lines = tops
    .slice(0, shown)
    .flatMap((each) => [
      ...wrapped(`  ${headOf(each)}`, width, 4),
      ...each.evidence.slice(0, 3).flatMap((evidence) => wrapped(`    ${evidenceText(each, evidence)}`, width, 6)),
      ...remedyLines(each, width),
    ]);
  const children = residue.length - tops.length;
  return [
    colours.bold(title),
    ...lines,
    ...(tops.length > shown ? [`  and ${tops.length - shown} more; -o json lists them`] : []),
    ...(children > 0 ? [`  and ${children} ${children === 1 ? 'object' : 'objects'} that these own`] : []),
  ];
}

function headOf({ id, field, what, confidence, program }: Residue): string {
  const value = field?.value === undefined ? '' : `=${field.value}`;
  const on = field ? `${field.path}${value} on ${describeId(id)}` : describeId(id);
  const by = program === undefined ? '' : `, set by ${program}`;
  return `${on} (${what}, ${confidence}${by})`;
}

function evidenceText({ id }: Residue, { object, field, says }: Residue['evidence'][number]): string {
  return object === id ? says : `${describeId(object)}${field === undefined ? '' : ` ${field}`}: ${says}`;
}

function remedyLines({ remedy }: Residue, width: number): string[] {
  const loses = remedy.loses === undefined ? [] : wrapped(`    loses ${remedy.loses}`, width, 6);
  const played = playedText(remedy.played);
  return [
    ...stepTexts(remedy.steps).map(({ text }) => `    ${text}`),
    ...loses,
    ...(played === undefined ? [] : wrapped(`    ${played}`, width, 6)),
  ];
}

function removalLines({ removal, release }: Receipt, programName: string, width: number): string[] {
  if (!removal) return [];
  const { name, namespace } = release;
  const command = `${programName} residue ${shellCommand(name, '-n', namespace, '--delete', removal.digest)}`;
  const { length } = removal.items;
  return [
    ...wrapped(
      `To save ${length === 1 ? 'it' : `these ${length}`} as YAML and remove ${length === 1 ? 'it' : 'them'} in order, with the same flags:`,
      width,
    ),
    `  ${command}`,
  ];
}

/** By kind: a release may have hundreds of objects. */
function goneTexts({ gone }: Receipt): string[] {
  const byKind = Map.groupBy(gone, ({ id }) => parseId(id).kind);
  const waited = gone.filter(({ waitedFor = [] }) => waitedFor.length > 0);
  return [
    ...[...byKind].map(([kind, each]) => `${each.length} ${kind}: ${names(each.map(({ id }) => id))}`),
    ...waited.map(({ id, waitedFor = [] }) => `${describeId(id)} waited for ${describedByKind(waitedFor)}`),
  ];
}

/** Each with its kind: a ServiceAccount and its DaemonSet often have one name. */
function describedByKind(ids: readonly ObjectId[]): string {
  const some = ids.slice(0, 5).map(describeId);
  return ids.length > some.length ? `${some.join(', ')} and ${ids.length - some.length} more` : some.join(', ');
}

function names(ids: readonly ObjectId[]): string {
  const some = ids.slice(0, 5).map((id) => {
    const { namespace, name } = parseId(id);
    return namespace === undefined ? name : `${namespace}/${name}`;
  });
  return ids.length > some.length ? `${some.join(', ')} and ${ids.length - some.length} more` : some.join(', ');
}

function reinstallSections(reinstall: Reinstall | undefined): [string, string[]][] {
  if (!reinstall) return [];
  const words = {
    accepted: 'The API server accepts the same release again',
    refused: 'The API server refuses the same release',
    'not-known': 'Whether the same release would be accepted is not known',
  } as const;
  const texts = (each: Reinstall['refused']) => each.map(({ id, says }) => `${describeId(id)}: ${says}`);
  return [
    [words[reinstall.result], reinstall.result === 'accepted' ? ['as a dry run, object by object'] : texts(reinstall.refused)],
    ['Not checked', texts(reinstall.notChecked)],
  ];
}

function listed(title: string, texts: readonly string[], width: number, colours: Colours): string[] {
  if (texts.length === 0) return [];
  const lines = texts.slice(0, shown).flatMap((text) => wrapped(`  ${text}`, width, 4));
  return [
    colours.bold(title),
    ...lines,
    ...(texts.length > shown ? [`  and ${texts.length - shown} more; -o json lists them`] : []),
  ];
}
