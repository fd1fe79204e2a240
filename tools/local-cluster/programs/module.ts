/**
 * Kubernetes cannot be built by `go install …@version`: its go.mod points at directories of its own source tree. This
 * makes a module from that very go.mod that points at the published staging modules instead, so that every dependency
 * has exactly the version that the release itself was built and tested with.
 */
import { stagingVersion } from '../versions.ts';

/**
 * @param upstream the go.mod of `k8s.io/kubernetes` at `release`.
 * @returns a go.mod of a module that can build every program of that release.
 */
export function kubernetesGoModule(upstream: string, release: string): string {
  const staging = stagingVersion(release);
  const lines = upstream
    .split('\n')
    .filter((line) => !line.startsWith('//'))
    .map((line) => {
      const local = /^(\s*(?:replace )?)(\S+) => \.\/staging\/src\/\S+$/.exec(line);
      if (local) return `${local[1]}${local[2]} => ${local[2]} ${staging}`;
      // The release requires its staging modules as v0.0.0; the true version is what stack traces should show.
      if (/^\s*(?:require )?k8s\.io\/\S+ v0\.0\.0(?:\s|$)/.test(line)) return line.replace('v0.0.0', staging);
      return /^module\s/.test(line) ? 'module bookend.dev/local-cluster' : line;
    });
  return `${lines.join('\n').trim()}\n\nrequire k8s.io/kubernetes v${release}\n`;
}
