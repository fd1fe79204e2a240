/**
 * Quotas on the number of objects of a kind (`count/configmaps`, `count/widgets.example.dev`), as admission plugin
 * ResourceQuota enforces them, last of all. Quotas on resources, and those with scopes, are not simulated.
 */
import { fieldAt, listOf, mapOf } from '../../../../objects/fields.ts';
import type { Admission } from '../admission.ts';
import type { Store } from '../store.ts';

export function quotas(store: Store): Admission {
  return ({ operation, kind, namespace }) => {
    if (operation !== 'CREATE' || namespace === undefined) return undefined;
    const what = `count/${kind.key}`;
    for (const quota of store.all('resourcequotas', namespace)) {
      const limit = Number(mapOf(fieldAt(quota, 'spec', 'hard'))[what] ?? Number.NaN);
      if (Number.isNaN(limit) || listOf(fieldAt(quota, 'spec', 'scopes')).length > 0) continue;
      const used = store.all(kind.key, namespace).length;
      if (used < limit) continue;
      const counts = `requested: ${what}=1, used: ${what}=${used}, limited: ${what}=${limit}`;
      return { message: `exceeded quota: ${quota.metadata.name}, ${counts}`, reason: 'QuotaExceeded' };
    }
    return undefined;
  };
}
