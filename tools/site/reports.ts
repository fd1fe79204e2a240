/**
 * A page may show a command that writes an HTML report. The build of the site runs that command, so that the report
 * which people see is what this version of Bookend writes.
 */
import { posix } from 'node:path';

export type ReportCommand = {
  /** Arguments of `bookend`. */
  args: string[];
  /** From docs/: `tutorial/faulty.html`. */
  path: string;
};

const command = /^node bin\/bookend\.js (.+) > ([\w-]+\.html)\n$/;

/** The report that a code block writes, on the page with this path from docs/. */
export function reportOf(page: string, code: string): ReportCommand | undefined {
  const [, args, file] = command.exec(code) ?? [];
  if (args === undefined || file === undefined) return undefined;
  return { args: args.split(' '), path: posix.join(posix.dirname(page), file) };
}

/** The reports of a whole page. */
export function reportsOf(page: string, markdown: string): ReportCommand[] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, code = '']) => reportOf(page, code) ?? []);
}

/** What the site shows below the command. */
export function reportFrame({ path }: ReportCommand): string {
  const file = posix.basename(path);
  return `<p><a href="./${file}" target="_self">Open the report</a></p><iframe class="report" src="./${file}" title="The report" loading="lazy"></iframe>`;
}
