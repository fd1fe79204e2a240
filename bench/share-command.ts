/**
 * What `bookend share` costs as a process, with its start: a stream of definitions with one Deployment behind it,
 * most of which must pass through unread, and a thousand Deployments that all change. Needs no cluster.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeYaml } from '../src/objects/yaml.ts';
import { repository } from '../tools/image/bundle.ts';
import { published } from './published.ts';
import { median } from './rounds.ts';

const rounds = 5;
const line = 'app:/srv/www -> nginx:/usr/share/nginx/html:ro';

export type CommandFigures = {
  inputBytes: number;
  /** From the start of the process to its end, bundled as it is published. */
  bundledMs: number;
  /** Of its processors, which says more on a busy machine. */
  bundledCpuMs: number;
  sourcesMs: number;
  peakMegabytes: number;
};

export async function shareCommand(): Promise<Record<string, CommandFigures>> {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-bench-'));
  try {
    const inputs = { definitions5Mb: definitions(5e6) + deployment(0), deployments1000: deployments(1_000) };
    const programs = [await published(directory), join(repository, 'bin', 'bookend.js')];
    const figures = Object.entries(inputs).map(([name, text]) => {
      const file = join(directory, `${name}.yaml`);
      writeFileSync(file, text);
      const [bundled, sources] = programs.map((program) => measure(program, file, directory));
      const inputBytes = statSync(file).size;
      const { ms: bundledMs = 0, cpuMs: bundledCpuMs = 0, peakMegabytes = 0 } = bundled ?? {};
      return [name, { inputBytes, bundledMs, bundledCpuMs, sourcesMs: sources?.ms ?? 0, peakMegabytes }] as const;
    });
    return Object.fromEntries(figures);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The median of some rounds, after one that fills Node's cache of compiled code. */
function measure(program: string, file: string, directory: string): { ms: number; cpuMs: number; peakMegabytes: number } {
  const usage = join(directory, 'usage.json');
  const atEnd = `import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(usage)},JSON.stringify(process.resourceUsage())))`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(atEnd)}`, program, 'share', '-f', file, line];
  const runs = Array.from({ length: rounds + 1 }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`share of ${file} ended with ${status}`);
    const ms = performance.now() - started;
    return { ms, ...(JSON.parse(readFileSync(usage, 'utf8')) as NodeJS.ResourceUsage) };
  }).slice(1);
  return {
    ms: Math.round(median(runs.map(({ ms }) => ms))),
    cpuMs: Math.round(median(runs.map(({ userCPUTime, systemCPUTime }) => (userCPUTime + systemCPUTime) / 1_000))),
    peakMegabytes: Math.round((Math.max(...runs.map(({ maxRSS }) => maxRSS)) * 1024) / 1e6),
  };
}

/** Fields with descriptions of several lines, in the ways in which generators of definitions write them. */
function definitions(characters: number): string {
  const properties = Array.from(
    { length: 300 },
    (_, index) => `              field${index}:
                description: |-
                  Field ${index} says what the "controller" does with the containers of the Pod: see
                  https://example.com/reference#field for more.
                type: string
              list${index}:
                description: 'Several names: each stands for one of the "things" that the controller
                  looks after, and goes over several lines.'
                items:
                  description: Plain text that is too long for one line and so goes over
                    several of them.
                  type: string
                type: array
`,
  ).join('');
  const one = (index: number) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things${index}.example.com
spec:
  group: example.com
  names: {kind: Thing${index}, plural: things${index}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
${properties}---
`;
  let text = '';
  for (let index = 0; text.length < characters; index++) text += one(index);
  return text;
}

function deployments(count: number): string {
  return Array.from({ length: count }, (_, index) => deployment(index)).join('---\n');
}

function deployment(index: number): string {
  const labels = { app: `shop-${index}` };
  const container = (name: string, image: string) => ({
    name,
    image,
    ports: [{ containerPort: 8080 }],
    env: [{ name: 'LEVEL', value: 'info' }],
    resources: { limits: { cpu: '100m', memory: '64Mi' } },
  });
  const containers = [container('app', `registry.example.com/shop:1.${index}`), container('nginx', 'nginx:1.29')];
  return writeYaml([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `shop-${index}`, labels },
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    },
  ]);
}
