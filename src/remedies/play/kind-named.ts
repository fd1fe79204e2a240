/**
 * Kinds by the words that kubectl takes for them: `deploy`, `Deployment`, `deployments.apps`, `widgets.example.com`.
 */
import type { ApiServer } from '../../cluster/simulated/api/api-server.ts';
import type { Kind } from '../../cluster/simulated/api/kind.ts';
import { isMeantBy, kindWordRank, wholeGroupOf } from '../../objects/kind-names.ts';

export function kindNamed({ kinds }: ApiServer, word: string): Kind | undefined {
  const kind = kinds.listable().find((each) => word.toLowerCase() === each.key || kindWordRank(each, word) > 0);
  const version = versionIn(word);
  return kind && ((version && kinds.find(`${kind.group}/${version}`, kind.kind)) || kind);
}

/** Of `widgets.v1.example.com`: kubectl then asks for that version, and needs no conversion to another. */
function versionIn(word: string): string | undefined {
  return /^[^.]+\.(v\d+(?:(?:alpha|beta)\d+)?)\./.exec(word)?.[1];
}

/** All that the word means: several kinds for `*.example.com`, and for a category such as `all`. */
export function kindsNamed(server: ApiServer, word: string): Kind[] {
  const one = wholeGroupOf(word) === undefined ? kindNamed(server, word) : undefined;
  return one ? [one] : server.kinds.listable().filter((kind) => isMeantBy(kind, word));
}
