/**
 * Node's own modules, taken without `import`. An `import` of one reads all its properties, and with them loads what
 * Node would load only when it is used: `node:fs` all streams, `node:process` the standard input, `node:crypto`
 * everything that certificates need.
 */
import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Of each module only what is imported is read. */
export const nodeModules: Plugin = {
  name: 'node-modules',
  setup({ initialOptions, onResolve, onLoad }) {
    const root = initialOptions.absWorkingDir ?? '';
    onResolve({ filter: /^node:/ }, ({ path, kind, importer }) => {
      if (kind !== 'import-statement' || !isBuiltin(path)) return undefined;
      // One for each file that imports it: a common one would become a file of the bundle.
      return { path, namespace, suffix: `?${relative(root, importer)}` };
    });
    onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: exportsOf(path) }));
  },
};

const namespace = 'node-module';

/** esbuild leaves out the functions that nobody imports. */
function exportsOf(name: string): string {
  const names = Object.keys(process.getBuiltinModule(name) ?? {}).filter((key) => key !== 'default');
  return [
    `const all=process.getBuiltinModule(${JSON.stringify(name)});`,
    'export default all;',
    ...names.map(
      (key, index) => `const n${index}=/* @__PURE__ */(()=>all[${JSON.stringify(key)}])();export{n${index} as ${key}};`,
    ),
  ].join('\n');
}
