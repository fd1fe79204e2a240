/**
 * Random manifests as text, in the styles that people and programs write: indentation, comments in every place, lists
 * in brackets, Lists, Windows' line ends.
 */
import fc from 'fast-check';

const comment = fc.constantFrom('', '', '', ' # why', '  #');
/** What may stand between two lines. */
const gap = fc.constantFrom('', '', '', '# a comment\n', '\n', '  # further in\n\n');

/** How lists stand: `dash` is what their items begin with, `inner` the indentation of what belongs to an item. */
type Layout = { one: string; dash: string; inner: string };

const layouts = fc.record({ step: fc.constantFrom(2, 4), flush: fc.boolean() }).map(({ step, flush }): Layout => {
  const one = ' '.repeat(step);
  const dash = `${one}${flush ? '' : one}- `;
  return { one, dash, inner: ' '.repeat(dash.length) };
});

function container(name: string, { dash, inner }: Layout): fc.Arbitrary<string> {
  const choices = {
    note: comment,
    behind: gap,
    mounts: fc.constantFrom('none', 'none', 'list', 'flow', 'empty', 'null'),
    text: fc.constantFrom('none', 'clip', 'keep'),
    inBraces: fc.boolean(),
  };
  return fc.record(choices).map(({ note, behind, mounts, text, inBraces }) => {
    if (inBraces && mounts === 'none') return `${dash}{name: ${name}, image: "${name}:1"}${note}\n${behind}`;
    const mountLines = {
      none: [],
      list: [`volumeMounts:${note}`, '- name: tmp', `  mountPath: /tmp${note}`],
      flow: [`volumeMounts: [ {name: tmp, mountPath: /tmp} ]${note}`],
      empty: [`volumeMounts: []${note}`],
      null: [`volumeMounts:${note}`],
    }[mounts];
    const textLines = { none: [], clip: ['args:', '- |', `    text${note}`], keep: ['args:', '- |+', `    text${note}`] }[text];
    const lines = [`image: '${name}:1'`, ...mountLines, ...textLines].map((line) => `${inner}${line}\n`);
    const blank = { none: '', clip: '\n', keep: '\n\n' }[text];
    return `${dash}name: ${name}${note}\n${lines.join('')}${blank}${behind}`;
  });
}

const podTexts = layouts.chain((layout) => {
  const { one, dash, inner } = layout;
  const choices = {
    note: comment,
    between: gap,
    containersLast: fc.boolean(),
    volumesInBrackets: fc.boolean(),
    init: fc.constantFrom('none', 'none', 'list', 'empty'),
    app: container('app', layout),
    nginx: container('nginx', layout),
  };
  return fc.record(choices).map(({ note, between, containersLast, volumesInBrackets, init, app, nginx }) => {
    const containers = `${one}containers:${note}\n${between}${app}${nginx}`;
    const volumes = volumesInBrackets
      ? `${one}volumes: [{name: tmp, emptyDir: {}}]\n`
      : `${one}volumes:\n${dash}name: tmp\n${inner}emptyDir: {}${note}\n`;
    const initContainers = {
      none: '',
      empty: `${one}initContainers: []${note}\n`,
      list: `${one}initContainers:\n${between}${dash}name: wait\n${inner}image: wait:1\n`,
    }[init];
    const spec = containersLast ? [volumes, initContainers, containers] : [initContainers, containers, volumes];
    return `apiVersion: v1\nkind: Pod\n${between}metadata: {name: web}${note}\nspec:\n${spec.join('')}`;
  });
});

/** Two objects of the same name in a List, with a comment between them. */
const listTexts = fc.tuple(podTexts, podTexts).map((pods) => {
  const items = pods.map((pod, index) => {
    const named = pod.replace('name: web', `name: web-${index}`);
    return named.replaceAll(/^(?=.)/gm, '    ').replace(/^ {4}/, '  - ');
  });
  return `apiVersion: v1\nkind: List\nitems:\n${items.join('  # the next\n')}`;
});

const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n      name:  odd\ndata: {a: "b"  }\n';

/** Pods with containers app and nginx, an init container wait perhaps, and a volume tmp. */
export const manifestTexts = fc
  .record({
    documents: fc.array(fc.oneof({ weight: 3, arbitrary: podTexts }, { weight: 1, arbitrary: listTexts }), {
      minLength: 1,
      maxLength: 3,
    }),
    separator: fc.constantFrom('---\n', '---\n# Source: chart/templates/x.yaml\n', '# end\n---\n\n', '---\n---\n'),
    windows: fc.boolean(),
    unfinished: fc.boolean(),
  })
  .map(({ documents, separator, windows, unfinished }) => {
    const text = documents.join(`${separator}${other}${separator}`);
    // A text that is kept with its end has none without the last end of line.
    const whole = unfinished && !/\n\n$|\|\n[^\n]*\n$/.test(text) ? text.replace(/\n$/, '') : text;
    return windows ? whole.replaceAll('\n', '\r\n') : whole;
  });
