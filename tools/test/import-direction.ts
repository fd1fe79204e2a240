/**
 * Imports point one way: `objects ← graph ← plan ← teardown ← install ← operator, cli`, and only the cluster's
 * implementations, the operator and the command line know of HTTP, files and processes. What this file refuses is what
 * would make the pure parts impure without anybody noticing.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, importsOf, pathOf } from './imports.ts';

export type SourceFile = {
  /** From the repository's root, with slashes: `src/graph/build.ts`. */
  path: string;
  text: string;
};

type Layer = {
  /** Layers that it may import besides itself. */
  may: readonly string[];
  /** Packages and modules of Node that it may import; absent: all. */
  packages?: readonly string[];
};

/** The teardown, and what it stands on. */
const engine = ['teardown', 'plan', 'graph', 'objects', 'cluster', 'errors'];

/** What the play of an uninstall, its rules and its reports stand on. */
const belowPreview = ['reading/subject', 'knowledge', 'remedies', 'uninstall/scenario', 'uninstall/step', ...engine];
const playsRemedies = ['remedies/play', 'cluster/simulated'];

/** The layers of src. A file belongs to the longest that fits. `cluster` is the port with what works on any cluster. */
const layers: Readonly<Record<string, Layer>> = {
  errors: { may: [], packages: [] },
  log: { may: [], packages: [] },
  objects: { may: ['errors'], packages: ['yaml'] },
  graph: { may: ['objects', 'errors'], packages: [] },
  plan: { may: ['graph', 'objects', 'errors'], packages: [] },
  cluster: { may: ['objects', 'log', 'errors'], packages: [] },
  remedies: { may: ['objects', 'errors'], packages: [] },
  resource: { may: ['resource/status', 'share', 'objects', 'errors'], packages: ['zod'] },
  'resource/status': { may: ['objects', 'errors'], packages: [] },
  share: { may: ['objects', 'errors'], packages: [] },
  teardown: { may: ['plan', 'graph', 'objects', 'cluster', 'errors'], packages: [] },
  install: { may: ['resource', 'share', ...engine], packages: ['node:crypto'] },
  'cluster/kube': { may: ['cluster', 'objects', 'errors'] },
  'cluster/simulated': { may: ['cluster', 'objects', 'errors'], packages: ['@marcbachmann/cel-js', 're2js'] },
  'image-volumes': { may: ['share', 'objects', 'cluster', 'log', 'errors'], packages: [] },
  webhook: { may: ['share', 'objects', 'cluster', 'log', 'errors'] },
  'reading/subject': { may: ['objects'], packages: [] },
  knowledge: { may: ['reading/subject', 'plan', 'graph', 'objects', 'errors'], packages: ['unbash'] },
  reading: { may: ['reading/subject', 'knowledge', ...engine], packages: ['node:zlib', 'node:crypto'] },
  // What the API server's own admission would answer is the simulated cluster's knowledge.
  admission: { may: ['knowledge', 'objects', 'cluster', 'cluster/simulated', 'errors'], packages: [] },
  // What a command would do is the simulated cluster's knowledge too.
  'remedies/play': { may: ['remedies', 'knowledge', 'cluster/simulated', ...engine], packages: [] },
  'uninstall/scenario': { may: [], packages: [] },
  'uninstall/step': { may: ['objects'], packages: [] },
  uninstall: { may: belowPreview, packages: ['node:zlib', 'node:crypto'] },
  'preview/play': { may: [...belowPreview, 'uninstall', 'admission', ...playsRemedies], packages: [] },
  'preview/finding': { may: belowPreview, packages: [] },
  'preview/document': { may: [...belowPreview, 'preview/finding', 'preview/play'], packages: [] },
  'preview/rules': { may: [...belowPreview, 'preview/finding', 'preview/play'], packages: [] },
  'preview/remedies': {
    may: [...belowPreview, ...playsRemedies, 'preview/finding', 'preview/rules', 'preview/play'],
    packages: [],
  },
  'preview/report': {
    may: [...belowPreview, 'preview/document', 'preview/finding', 'preview/rules', 'preview/play'],
    packages: ['node:crypto', 'sarif'],
  },
  preview: {
    may: [...belowPreview, 'preview/document', 'preview/finding', 'preview/rules', 'preview/remedies', 'preview/play'],
    packages: [],
  },
  residue: { may: ['remedies', 'knowledge', 'reading/subject', ...engine], packages: ['node:crypto'] },
  'residue/play': { may: ['residue', 'remedies', ...playsRemedies, ...engine], packages: [] },
  why: {
    may: ['resource/status', 'admission', 'remedies', 'reading', 'reading/subject', 'knowledge', ...engine],
    packages: [],
  },
  'why/play': { may: ['why', 'remedies', ...playsRemedies, 'reading', 'knowledge', ...engine], packages: [] },
  operator: { may: ['webhook', 'image-volumes', 'install', 'resource', 'resource/status', 'share', 'log', ...engine] },
  rights: { may: ['operator', 'install', 'resource', 'cluster/simulated', ...engine], packages: [] },
  cli: {
    may: [
      ...[
        'rights',
        'operator',
        'why',
        'why/play',
        'install',
        'resource',
        'resource/status',
        'image-volumes',
        'share',
        'cluster/kube',
        'cluster/simulated',
      ],
      ...['preview', 'preview/document', 'preview/finding', 'preview/play', 'preview/rules', 'preview/report'],
      ...['uninstall', 'admission', 'reading', 'residue', 'residue/play'],
      ...belowPreview,
    ],
  },
};

/** Parts of the command line that need less than the others. */
const forbidden: readonly { in: RegExp; from: RegExp }[] = [
  { in: /^src\/cli\/(plan|why|rights|delete|reading|share|status)(\/|\.ts$)/, from: /^src\/(cli\/)?preview(\/|\.ts$)/ },
];

/** What only the edge may use: time, processes and the terminal are handed in everywhere else. */
const impureGlobals =
  /(?<![.\w])(process|console|setTimeout|setInterval|setImmediate|fetch)\b(?!\s*:)|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/;
const impureLayers = ['cluster', 'cluster/kube', 'cluster/simulated', 'webhook', 'operator', 'cli'];

/** Every violation, in words, with the file and what it imports. */
export function importProblems(files: readonly SourceFile[]): string[] {
  const inSource = files.filter(({ path }) => path.startsWith('src/'));
  return [...inSource.flatMap(problemsOf), ...circles(inSource)];
}

/** All TypeScript files of `src`. */
export function sourceFiles(root: string): SourceFile[] {
  const paths = globSync('src/**/*.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  return paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function problemsOf({ path, text }: SourceFile): string[] {
  const problems: string[] = [];
  const layer = layerOf(path);
  if (layer === undefined) return [`${path}: its folder is not among the layers of tools/test/import-direction.ts`];
  for (const specifier of importsOf(text)) {
    const target = specifier.startsWith('.') ? pathOf(path, specifier) : undefined;
    const problem = target === undefined ? packageProblem(path, layer, specifier) : fileProblem(path, layer, target);
    if (problem) problems.push(`${path}: ${problem}`);
  }
  const impure = !impureLayers.includes(layer) && !isForTests(path) ? impureGlobals.exec(codeOf(text)) : undefined;
  if (impure) problems.push(`${path}: uses ${impure[0]}, which must be handed in: ${layer} knows no time, process or terminal`);
  return problems;
}

function fileProblem(path: string, layer: string, target: string): string | undefined {
  if (target === 'package.json') return layer === 'cli' ? undefined : `imports ${target}`;
  if (!target.startsWith('src/')) return `imports ${target}; nothing in src may know what is outside of it`;
  if (isForTests(path)) return undefined;
  if (forbidden.some((rule) => rule.in.test(path) && rule.from.test(target))) return `imports ${target}, which it must not need`;
  if (isForTests(target)) return `imports ${target}, which is there for tests`;
  const other = layerOf(target);
  if (other === undefined || other === layer || layers[layer]?.may.includes(other)) return undefined;
  return `imports ${target}; ${layer} may only know ${layers[layer]?.may.join(', ') || 'nothing'}`;
}

function packageProblem(path: string, layer: string, specifier: string): string | undefined {
  const allowed = layers[layer]?.packages;
  if (isForTests(path) || allowed === undefined) return undefined;
  return allowed.includes(specifier)
    ? undefined
    : `imports ${specifier}; ${layer} may import ${allowed.join(', ') || 'no packages'}`;
}

/** Tests, what they share, and the contract suite may import whatever they test with. */
function isForTests(path: string): boolean {
  return /\.test\.ts$|\/testing\/|^src\/cluster\/contract(\/|\.ts$)/.test(path);
}

function layerOf(path: string): string | undefined {
  const name = path.replace(/^src\//, '').replace(/\.ts$/, '');
  const fitting = Object.keys(layers).filter((layer) => name === layer || name.startsWith(`${layer}/`));
  return fitting.sort((a, b) => b.length - a.length)[0];
}

/** Files that import each other in a circle, if only for types, have no order in which they can be understood. */
function circles(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const targets = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter((from) => from.startsWith('.'))
        .map((from) => pathOf(path, from))
        .filter((target) => known.has(target)),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) found.push(`${[...way.slice(at), path].join(' → ')}: these files import each other in a circle`);
    if (at >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
