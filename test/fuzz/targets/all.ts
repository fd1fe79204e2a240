/** All targets, by name. */
import type { Target } from '../target.ts';
import { kubeconfigs } from './kubeconfigs.ts';
import { manifests } from './manifests.ts';
import { releases } from './releases.ts';
import { annotations, notation } from './shares.ts';
import { watches } from './watches.ts';
import { webhook } from './webhook.ts';

const all = [webhook, annotations, notation, manifests, releases, kubeconfigs, watches];

/** Each with inputs of its own, which nobody but itself looks at. */
export const targets = new Map(all.map((target) => [target.name, target as unknown as Target<unknown>]));
