/** docs/reference/cli.md, from the definitions of the command line itself. */
import { Command } from 'commander';
import { verbs } from '../../../src/cli/command-line.ts';
import { addGlobalFlags } from '../../../src/cli/flags.ts';
import { errorCodes } from '../../../src/errors.ts';
import { code, page, table } from './markdown.ts';

export function cliPage(): string {
  const program = addGlobalFlags(new Command('bookend'));
  for (const add of verbs) add(program, async () => {});
  const codes = Map.groupBy(Object.entries(errorCodes), ([, { exit }]) => exit);
  const exits = [...codes].map(([exit, errors]) => [String(exit), errors.map(([name]) => code(name)).join(', ')]);
  return page(
    'Command line',
    'src/cli',
    [
      'Run `bookend VERB …`, or `kubectl bookend VERB …` with the package on the PATH. From a clone run `node bin/bookend.js VERB …`.',
      'Results go to standard output. Progress and errors go to standard error.',
    ].join('\n'),
    ...program.commands.map(section),
    '## Flags of every verb',
    options(program),
    '## Exit codes',
    table(
      ['Exit code', 'Error codes'],
      [
        ['0', 'success'],
        ['1', '`preview` and `lint`: findings, see `--fail-on`; `residue`: something is left'],
        ...exits,
        ['10', '`residue`: clean as far as seen, but not everything could be looked at, or something may be left'],
        ['130, 143', 'ended by SIGINT or SIGTERM'],
      ],
    ),
    '`preview` and `lint` exit with 2 for every error except `internal`.',
    '[Errors](errors.md) explains each error code.',
  );
}

function section(command: Command): string {
  const lines = [
    `## bookend ${command.name()}`,
    command.description(),
    `\`\`\`text\nbookend ${command.name()} ${command.usage()}\n\`\`\``,
  ];
  if (command.options.length > 0) lines.push(options(command));
  const more = textAfter(command);
  return more === '' ? lines.join('\n\n') : [...lines, `\`\`\`text\n${more}\n\`\`\``].join('\n\n');
}

function options(command: Command): string {
  return table(
    ['Flag', 'Default', 'Meaning'],
    command.options.map(({ flags, defaultValue, description }) => [
      code(flags),
      defaultValue === undefined ? '' : code(String(defaultValue)),
      description,
    ]),
  );
}

/** What `--help` prints after the list of flags. */
function textAfter(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trim();
}
