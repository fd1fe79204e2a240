/**
 * The one thing that is used of @kubernetes/client-node, by itself, so that a bundle leaves the rest of that large
 * library out.
 */
export { KubeConfig } from '@kubernetes/client-node';
