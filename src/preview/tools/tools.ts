/** Every tool by its name. */
import type { Tool } from '../model.ts';
import { helm3, helm4 } from './helm.ts';
import type { Uninstall } from './tool.ts';

export const uninstalls: Readonly<Record<Tool, Uninstall>> = {
  helm4,
  helm3,
  kubectl: helm4,
  argocd: helm4,
  flux: helm4,
  namespace: helm4,
  bookend: helm4,
};
