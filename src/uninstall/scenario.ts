/** How something is uninstalled: by which tool, and with which of its options. */

export const tools = ['helm4', 'helm3', 'kubectl', 'argocd', 'flux', 'namespace', 'bookend'] as const;
/** Who deletes: `namespace` is the deletion of the subject's namespace, `bookend` a teardown in order. */
export type Tool = (typeof tools)[number];

export type Scenario = {
  tool: Tool;
  /** Helm's `--wait`. */
  wait: boolean;
  /** Helm's `--no-hooks`, turned round. */
  hooks: boolean;
  /** Helm's `--timeout`, in ms. */
  timeoutMs: number;
  /** Of the simulated cluster: the same seed gives the same play. */
  seed: number;
};
