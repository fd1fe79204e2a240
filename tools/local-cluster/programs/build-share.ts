/**
 * How much of a build is done and how long the rest takes, from what the compiler names while it works. The unit is a
 * compiled package; linking a program counts as some packages. Pure.
 */
import { duration } from '../progress.ts';
import type { Program } from './recipes.ts';

/**
 * Packages to compile for a program after those before it in the order of building, when Go's own cache is empty. A new
 * version has a few more or less, and only progress rests on them.
 */
const packagesOf: Record<string, number> = {
  'k8s.io/kubernetes/cmd/kube-apiserver': 2079,
  'k8s.io/kubernetes/cmd/kube-controller-manager': 369,
  'k8s.io/kubernetes/cmd/kubelet': 105,
  'k8s.io/kubernetes/cmd/kubectl': 194,
  'k8s.io/kubernetes/cmd/kube-proxy': 39,
  'k8s.io/kubernetes/cmd/kube-scheduler': 6,
  'go.etcd.io/etcd/server/v3': 95,
  'github.com/containerd/containerd/v2/cmd/containerd': 560,
  'helm.sh/helm/v4/cmd/helm': 600,
  'helm.sh/helm/v3/cmd/helm': 450,
  'sigs.k8s.io/kwok/cmd/kwok': 600,
};
/** Of a program that is not listed, most of which the others have compiled. */
const unlisted = 20;

/** Linking writes no line. It takes about as long as compiling this many packages. */
const linking = 40;
/** Below this share the first packages, the small ones of Go itself, would promise too much. */
const tooEarly = 0.05;

export class BuildShare {
  readonly #total: number;
  #done = 0;
  #compiled = 0;
  #current = 0;

  constructor(programs: readonly Pick<Program, 'package'>[]) {
    this.#total = programs.reduce((sum, program) => sum + sizeOf(program), 0);
  }

  /** The program that is built next; the one before it is finished. */
  begin(program: Pick<Program, 'package'>): void {
    this.#done += this.#current;
    this.#current = sizeOf(program);
    this.#compiled = 0;
  }

  /** The compiler has named a package. */
  compiled(): void {
    this.#compiled += 1;
  }

  /** Of all programs, between 0 and 1. */
  get share(): number {
    return (this.#done + Math.min(this.#compiled, Math.max(this.#current - linking, 0))) / this.#total;
  }

  /**
   * @param elapsedMs since the build began, in ms
   * @returns such as `42 % done, about 6 min left`
   */
  describe(elapsedMs: number): string {
    const { share } = this;
    const done = `${Math.floor(share * 100)} % done`;
    if (share < tooEarly) return done;
    return `${done}, about ${roughly((elapsedMs * (1 - share)) / share)} left`;
  }
}

function sizeOf(program: Pick<Program, 'package'>): number {
  return (packagesOf[program.package] ?? unlisted) + linking;
}

/** In whole minutes, or in tens of seconds in the last minute. */
function roughly(ms: number): string {
  return ms < 55_000 ? duration(Math.max(Math.ceil(ms / 10_000), 1) * 10_000) : `${Math.round(ms / 60_000)} min`;
}
