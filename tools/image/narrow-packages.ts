/**
 * Bundles of a package only what this program uses. The index of undici also evaluates fetch, WebSocket, caches and
 * mocks: a third of what Node reads before our first request.
 */
import type { Plugin } from 'esbuild';

type Narrow = {
  /** What this program imports, and the module that has it. It is evaluated at its first use. */
  exports: Readonly<Record<string, string>>;
  /** What the index does besides exporting. */
  setUp: string;
};

/** By the name of the package. */
export const narrowed: Readonly<Record<string, Narrow>> = {
  undici: {
    exports: { Agent: 'undici/lib/dispatcher/agent.js', ProxyAgent: 'undici/lib/dispatcher/proxy-agent.js' },
    setUp: "Object.assign(require('undici/lib/dispatcher/dispatcher.js').prototype,require('undici/lib/api/index.js'));",
  },
};

export const narrowPackages: Plugin = {
  name: 'narrow-packages',
  setup({ initialOptions, onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(narrowed).join('|')})$`) }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'narrow-package' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'narrow-package' }, ({ path }) => ({
      contents: contentsOf(narrowed[path]),
      resolveDir: initialOptions.absWorkingDir ?? '',
    }));
  },
};

function contentsOf({ exports, setUp }: Narrow = { exports: {}, setUp: '' }): string {
  const getters = Object.entries(exports).map(([name, module]) => `get ${name}(){return require(${JSON.stringify(module)})}`);
  return `${setUp}module.exports={${getters.join(',')}};`;
}
