/**
 * Evaluates packages that many runs never use at their first use, not at the start: the library of CEL, for one,
 * registers hundreds of functions when it is evaluated. Such a package is imported through a module whose exports are
 * read when they are used.
 */
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import type { Plugin } from 'esbuild';

const packages = ['@marcbachmann/cel-js', 're2js', 'unbash', 'yaml'];

export const lazyPackages: Plugin = {
  name: 'lazy-packages',
  setup({ initialOptions, onResolve, onLoad, resolve }) {
    const root = initialOptions.absWorkingDir ?? '';
    onResolve({ filter: new RegExp(`^(${packages.join('|')})$`) }, async ({ path: name, kind, resolveDir, pluginData }) => {
      if (kind !== 'import-statement' || pluginData === itself) return undefined;
      const { path, errors } = await resolve(name, { kind, resolveDir, pluginData: itself });
      return errors.length > 0 ? { errors } : { path: `./${relative(root, path)}`, namespace: 'lazy-package' };
    });
    onLoad({ filter: /.*/, namespace: 'lazy-package' }, ({ path }) => ({ contents: exportsOf(path, root), resolveDir: root }));
  },
};

/** Asks where the package itself is. */
const itself = Symbol('itself');

function exportsOf(path: string, root: string): string {
  const exported: object = createRequire(join(root, 'package.json'))(path);
  const getters = Object.keys(exported).map((key) => `get ${JSON.stringify(key)}(){return all()[${JSON.stringify(key)}]}`);
  return `const all=()=>require(${JSON.stringify(path)});module.exports={${getters.join(',')}};`;
}
