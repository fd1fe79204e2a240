/** Every tool by its name. */

import { argocd } from './argocd.ts';
import { bookend } from './bookend.ts';
import { flux } from './flux.ts';
import { helm3, helm4 } from './helm.ts';
import { kubectl } from './kubectl.ts';
import { namespace } from './namespace.ts';
import type { Tool } from './scenario.ts';
import type { Uninstall } from './tool.ts';

export const uninstalls: Readonly<Record<Tool, Uninstall>> = { helm4, helm3, kubectl, argocd, flux, namespace, bookend };
