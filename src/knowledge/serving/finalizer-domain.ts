/**
 * What a finalizer's own name says of whose it is: by custom it begins with a domain, which by custom is that of its
 * controller's API group.
 */
import { builtInFinalizers } from '../../objects/finalizers.ts';
import { isManagerOfKubernetes } from '../../objects/managed-fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { managersOfFinalizer } from './field-managers.ts';

/**
 * Kubernetes, or the cloud controller that belongs to the cluster, removes it: nothing that an uninstall could take
 * away.
 */
export function isOfKubernetes(finalizer: string, object: KubernetesObject): boolean {
  if (builtInFinalizers.has(finalizer)) return true;
  return managersOfFinalizer(finalizer, object).some(isManagerOfKubernetes);
}

/**
 * Controllers of a cloud run beside the API server, where nobody sees them. Where somebody in the cluster serves it all
 * the same, that one counts.
 */
export function isOfCloud(finalizer: string): boolean {
  const domain = domainOf(finalizer);
  return domain !== undefined && clouds.some((cloud) => domain === cloud || domain.endsWith(`.${cloud}`));
}

const clouds = ['gke.io', 'cloud.google.com', 'azure.com', 'amazonaws.com', 'oraclecloud.com', 'aliyun.com', 'digitalocean.com'];

/**
 * `example.com` of `example.com/cleanup` and of `finalizer.example.com`; undefined of `cleanup`, which could be
 * anybody's.
 */
export function domainOf(finalizer: string): string | undefined {
  const slash = finalizer.indexOf('/');
  const head = (slash < 0 ? finalizer : finalizer.slice(0, slash)).toLowerCase();
  return head.includes('.') ? head : undefined;
}

/** One lies below the other, or both below one domain that a single organisation has. */
export function isRelated(domain: string, group: string): boolean {
  const [own, others] = [modern(domain), modern(group)];
  return others !== '' && areRelated(own, others);
}

/** `snapshot.storage.kubernetes.io` is the older spelling of `snapshot.storage.k8s.io`. */
function modern(domain: string): string {
  return domain.replace(/\bkubernetes\.io$/, 'k8s.io');
}

function areRelated(domain: string, group: string): boolean {
  if (domain === group || domain.endsWith(`.${group}`) || group.endsWith(`.${domain}`)) return true;
  const [one, other] = [organisation(domain), organisation(group)];
  return one !== undefined && one === other;
}

/** Below these, names of different owners stand side by side. */
const shared = new Set([
  'k8s.io',
  'x-k8s.io',
  'kubernetes.io',
  'sigs.k8s.io',
  'github.io',
  'github.com',
  'openshift.io',
  'cncf.io',
  'co.uk',
]);

function organisation(domain: string): string | undefined {
  const labels = domain.split('.');
  const last = labels.slice(-2).join('.');
  if (!shared.has(last)) return labels.length >= 2 ? last : undefined;
  // One more label tells the owner: `snapshot.storage.k8s.io` is of `storage.k8s.io`.
  return labels.length >= 3 ? labels.slice(-3).join('.') : undefined;
}
