/** All situations, by what they are about. */
import type { Situation } from '../situation.ts';
import { finalizers } from './finalizers.ts';
import { hooks } from './hooks.ts';
import { permissions } from './permissions.ts';
import { remains } from './remains.ts';
import { webhooks } from './webhooks.ts';

export const situations: readonly Situation[] = [...finalizers, ...webhooks, ...permissions, ...hooks, ...remains];
