/** `bookend version`: prints the version of this build and, on request, of the API server. */
import { type GlobalFlags, outputFormat } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addVersion: AddVerb = (program, run) => {
  program
    .command('version')
    .description('Print the version of Bookend.')
    .option('--cluster', 'also print the version of the API server')
    .addHelpText('after', '\nExamples:\n  bookend version\n  bookend version --cluster')
    .action((_, command) =>
      run(async ({ out, connect }) => {
        const flags: GlobalFlags & { cluster?: boolean } = command.optsWithGlobals();
        const format = outputFormat(flags, ['text', 'json']);
        const { commit, version } = await import('./build.ts');
        const server = flags.cluster ? await serverVersion(await connect(flags)) : undefined;
        const facts = {
          bookend: version,
          ...(commit !== undefined && { commit }),
          node: process.versions.node,
          ...(server !== undefined && { kubernetes: server }),
        };
        out(
          format === 'json'
            ? `${JSON.stringify(facts)}\n`
            : Object.entries(facts)
                .map(([name, value]) => `${name.padEnd(10)} ${value}\n`)
                .join(''),
        );
        return 0;
      }),
    );
};

async function serverVersion({ cluster }: { cluster: { version(): Promise<string>; close(): Promise<void> } }): Promise<string> {
  try {
    return await cluster.version();
  } finally {
    await cluster.close();
  }
}
