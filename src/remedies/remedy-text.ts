/**
 * A remedy in words, for reports that print text: its steps in their order, what it loses, and whether it was played.
 */
import { describeId } from '../objects/identity.ts';
import { writeYamlInLine } from '../objects/yaml.ts';
import { type ChangeStep, type CommandStep, commandText, type Played, type Remedy, type RemedyStep } from './remedy.ts';

/** One step: when it is done, and what is typed or written. `code` is copied as it stands, so nothing may break it. */
export type StepText = { when: string; text: string; code: boolean };

/** In their order. A change of several fields takes a line for each; the same change of several objects takes one. */
export function stepTexts(steps: readonly RemedyStep[]): StepText[] {
  const joined: (StepText & { places?: string[] })[] = [];
  for (const each of steps.flatMap(textsOf)) {
    const last = joined.at(-1);
    if (each.place !== undefined && last?.places && last.text === each.text) last.places.push(each.place);
    else joined.push({ ...each, ...(each.place !== undefined && { places: [each.place] }) });
  }
  return joined.map(({ when, text, code, places }) => ({ when: places ? `in ${places.join(', ')}` : when, text, code }));
}

/** @returns the object that is changed as `place` */
function textsOf(step: RemedyStep): (StepText & { place?: string })[] {
  switch (step.do) {
    case 'run':
      return [{ when: whenOf(step), text: commandText(step), code: true }];
    case 'change':
      return step.set.map(({ path, value }) => ({
        when: '',
        place: describeId(step.object),
        text: value === undefined ? `remove ${fieldPath(path)}` : `${fieldPath(path)}: ${writeYamlInLine(value)}`,
        code: true,
      }));
    case 'hook':
      return [
        { when: 'in the values of bookend-hook', text: `bookend: ${writeYamlInLine({ delete: step.delete })}`, code: true },
      ];
    case 'advise':
      return [{ when: '', text: step.says, code: false }];
  }
}

/** Whether it was played, where that needs a word; what cures needs none. */
export function playedText(played: Played): string | undefined {
  if (played.result !== 'not-played') return undefined;
  return `not tried in the simulation: ${unplayable[played.because]}`;
}

/** The whole in one paragraph, for formats without lines of their own. Commands stand in backticks. */
export function remedyParagraph({ says, steps, loses, played }: Remedy): string {
  const texts = stepTexts(steps).map(({ when, text, code }) => {
    const shown = code ? `\`${text}\`` : text.replace(/\.$/, '');
    return when === '' ? shown : `${when}: ${shown}`;
  });
  const more = [...(loses === undefined ? [] : [`This loses ${loses}.`]), ...(sentence(playedText(played)) ?? [])];
  return [`${says}${texts.length === 0 ? '' : ` ${upper(texts.join('; then '))}.`}`, ...more].join(' ');
}

/** Several are numbered. */
export function remediesParagraph(remedies: readonly Remedy[]): string {
  const texts = remedies.map(remedyParagraph);
  return texts.length === 1 ? (texts[0] ?? '') : texts.map((text, index) => `(${index + 1}) ${text}`).join(' ');
}

function whenOf({ when, looks, replace = {} }: CommandStep): string {
  const replacements = Object.entries(replace).map(([word, by]) => `${word} with ${by}`);
  const inserted = replacements.length === 0 ? '' : ` (replace ${replacements.join(', ')})`;
  return `${looks && when === 'now' ? 'to look' : `${whenWords[when]}${looks ? ', to look' : ''}`}${inserted}`;
}

const whenWords: Record<CommandStep['when'], string> = {
  before: 'before the uninstall',
  after: 'after the uninstall',
  instead: 'instead of this uninstall',
  now: 'now',
};

const unplayable: Record<Extract<Played, { result: 'not-played' }>['because'], string> = {
  'another-program': 'it needs another program',
  'code-of-the-operator': 'it changes the code of the operator',
  'script-of-the-hook': "it changes the hook's script",
  'person-decides': 'it depends on a decision',
  'outside-of-the-cluster': 'it is outside of the cluster',
  'too-large': 'the input is too large',
};

/** `spec.containers[0].image`, `metadata.annotations["helm.sh/hook"]` */
function fieldPath(path: ChangeStep['set'][number]['path']): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

function sentence(text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : [`${upper(text)}.`];
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
