import type { RightsSet } from '../../rights/manifests.ts';

export type Found = RightsSet & { notes: string[] };
