/**
 * Limits for shares. The author of a Pod decides how much work its shares are for a webhook that serves the whole
 * cluster, and the author of a ClusterOperator does so for the operator. A real Pod has fewer than ten shares.
 */
import type { Problem } from '../objects/validate.ts';
import type { Places, Share } from './share.ts';

export const shareLimits = {
  /** Shares of a Pod, or of a component of a ClusterOperator: each is a volume and up to one init container. */
  shares: 32,
  /** Containers that see one share. With the above, at most 1,024 mounts are added to a Pod. */
  consumers: 32,
  /**
   * Characters of a path or of an image's reference. Longer ones exist on no node: Linux allows 4,096 bytes for a
   * whole path, and registries 255 for a name.
   */
  text: 1024,
  /**
   * Characters of all share annotations of a Pod together. Kubernetes allows 256 KiB for all annotations; 32 usual
   * shares take 4 KiB.
   */
  annotations: 32 * 1024,
  /** Mounts below a place where a copy is only read: each is an argument of the container that copies. */
  mountPoints: 64,
  /**
   * Workloads of one component times the shares that each gets: each makes the objects in the operator's memory
   * larger by about 1 kB.
   */
  applications: 4096,
} as const;

/**
 * How many reasons a refusal lists: whoever reads it corrects the first ones, and its length must not grow with the
 * input.
 */
export const mostReasons = 10;

/** Refuses too many shares before anything else is looked at. Empty when they are few enough. */
export function limitProblems(shares: readonly Share[], places: Places): Problem[] {
  if (shares.length > shareLimits.shares) {
    const message = `has ${shares.length} shares; the maximum is ${shareLimits.shares}. Share a directory that contains several of them, or split the Pod`;
    return [{ field: places.share(shareLimits.shares, ''), message }];
  }
  return shares.flatMap(({ from, to }, index) => {
    const field = (name: string) => places.share(index, name);
    const problems: Problem[] = [];
    if (to.length > shareLimits.consumers) {
      const message = `names ${to.length} containers; the maximum for a share is ${shareLimits.consumers}`;
      problems.push({ field: field(`to[${shareLimits.consumers}]`), message });
    }
    const texts = [
      { name: 'from.path', text: from?.path },
      { name: 'from.image', text: from && 'image' in from ? from.image : undefined },
      ...to.slice(0, shareLimits.consumers).map(({ path }, at) => ({ name: `to[${at}].path`, text: path })),
    ];
    for (const { name, text = '' } of texts) {
      if (text.length <= shareLimits.text) continue;
      const message = `has ${text.length} characters; the maximum is ${shareLimits.text}`;
      problems.push({ field: field(name), message });
    }
    return problems;
  });
}

/** The first reasons, and how many there are besides. */
export function firstReasons(problems: readonly Problem[]): Problem[] {
  const first = problems.slice(0, mostReasons);
  const last = first.at(-1);
  const more = problems.length - first.length;
  if (more === 0 || last === undefined) return first;
  return [...first.slice(0, -1), { ...last, message: `${last.message} (and ${more} more problems)` }];
}

/** A text in a message: as it is when it is short. */
export function shortened(text: string, most = 100): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Names in a message: all when they are few. */
export function listed(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most).map((name) => shortened(name, 63));
  return names.length > most ? `${shown.join(', ')} and ${names.length - most} more` : shown.join(', ');
}
