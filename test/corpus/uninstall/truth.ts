/**
 * A receipt held to what kubectl showed before the release was installed, before the uninstall, and after it. Pure.
 */
import type { Receipt } from '../../../src/residue/receipt.ts';
import { isSure } from '../../../src/residue/verdict.ts';
import type { Shown, ShownCluster } from './kubectl-snapshot.ts';

export type Truth = {
  /** Before the release was installed. */
  older: ShownCluster;
  before: ShownCluster;
  after: ShownCluster;
};

/** Each a sentence; none: the receipt says exactly what is true. */
export function untruths(receipt: Receipt, { older, before, after }: Truth): string[] {
  const gone = new Set(receipt.gone.flatMap(({ id, uid }) => [uid ?? '', id]));
  const kept = new Set(receipt.kept.flatMap(({ id, uid }) => [uid ?? '', id]));
  const whole = receipt.residue.filter(({ field }) => field === undefined);
  const residue = new Set(whole.map(({ ref }) => ref.uid));
  const ids = new Set([...after.objects.values()].map(({ id }) => id));
  const isToldOf = ({ id, uid, owners }: Shown): boolean =>
    kept.has(uid) ||
    kept.has(id) ||
    residue.has(uid) ||
    owners.some((owner) => {
      const shown = after.objects.get(owner);
      return shown !== undefined && (older.objects.has(owner) || isToldOf(shown));
    });
  return [
    ...receipt.gone.flatMap(({ id, uid }) =>
      uid !== undefined && after.objects.has(uid) ? `${id} is there, and the receipt says that it is gone` : [],
    ),
    ...[...before.objects.values()].flatMap((shown) =>
      after.objects.has(shown.uid) || gone.has(shown.uid) || gone.has(shown.id) || goesByItself(shown, older)
        ? []
        : `${shown.id} is gone, and the receipt does not say so`,
    ),
    ...receipt.kept.flatMap(({ id, uid }) =>
      (uid === undefined ? ids.has(id) : after.objects.has(uid)) ? [] : `${id} is gone, and the receipt says that it was kept`,
    ),
    ...receipt.residue.flatMap(({ id, ref }) =>
      after.objects.has(ref.uid) ? [] : `${id} is gone, and the receipt says that it is left`,
    ),
    ...whole
      .filter(isSure)
      .flatMap(({ id, ref }) =>
        older.objects.has(ref.uid) ? `${id} was there before the release, and the receipt says that it is of the release` : [],
      ),
    ...[...after.objects.values()].flatMap((shown) =>
      // The same command deletes it.
      receipt.stopped || older.objects.has(shown.uid) || isToldOf(shown) || comesByItself(shown)
        ? []
        : `${shown.id} is left, and the receipt does not say so`,
    ),
    ...unexplained(receipt, after),
  ];
}

/** Objects of others that were there before the release, and are gone. */
export function lostOfOthers({ older, after }: Omit<Truth, 'before'>): string[] {
  const lost = [...older.objects.values()].filter((shown) => !after.objects.has(shown.uid) && !comesByItself(shown));
  return lost.map(({ id }) => id).sort();
}

/** What a receipt could not see, kubectl cannot see either. */
function unexplained({ notSeen }: Receipt, { complaints }: ShownCluster): string[] {
  return notSeen.length > 0 && complaints.length === 0 ? [`kubectl sees everything, and the receipt not: ${notSeen[0]}`] : [];
}

/** What the control plane makes for everybody, and Helm and Bookend for themselves. */
export function comesByItself({ id, labels }: Shown): boolean {
  return (
    /^(EndpointSlice\.discovery\.k8s\.io|IPAddress\.networking\.k8s\.io|FlowSchema\.|PriorityLevelConfiguration\.)/.test(id) ||
    /^(Secret|Lease\.coordination\.k8s\.io)\/[^/]+\/(sh\.helm\.release\.v1\.|bookend\.uninstall\.)/.test(id) ||
    labels['kube-aggregator.kubernetes.io/automanaged'] !== undefined
  );
}

function goesByItself(shown: Shown, older: ShownCluster): boolean {
  // An IPAddress has no namespace: it may be that of a Service of a place beside this one.
  return comesByItself(shown) && (!older.objects.has(shown.uid) || shown.id.startsWith('IPAddress.'));
}
