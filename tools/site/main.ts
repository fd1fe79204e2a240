/**
 * `npm run site -- --out DIR`: builds the documentation site from docs/, checks its links and writes it to an empty
 * directory. `--base /bookend/` is its path on a host that has other sites too.
 */
import { parseArgs } from 'node:util';
import { BookendError } from '../../src/errors.ts';
import { emptyDirectory } from '../empty-directory.ts';
import { buildSite } from './build.ts';

try {
  const { values } = parseArgs({ options: { out: { type: 'string' }, base: { type: 'string', default: '/' } } });
  if (!/^\/([\w.-]+\/)*$/.test(values.base)) {
    throw new BookendError('bad-input', `--base ${values.base} is not a path`, { advice: 'Try: --base /bookend/' });
  }
  const out = emptyDirectory(values.out);
  const { pages } = await buildSite({ out, base: values.base });
  process.stdout.write(`${pages} pages in ${out}\n`);
} catch (error) {
  const known = error instanceof BookendError ? error : undefined;
  if (!known && !(error instanceof TypeError)) throw error;
  process.stderr.write(`${(error as Error).message}\n${known ? `${known.advice}\n` : ''}`);
  process.exitCode = known?.exitCode ?? 2;
}
