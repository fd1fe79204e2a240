/**
 * Security contexts of the containers that a copy adds. They need nothing that their source container does not have, so
 * whatever admits the Pod (Pod Security *restricted*, a security context constraint, a list of allowed capabilities)
 * also admits it with a share.
 */
import { listOf, mapOf, textsOf } from '../objects/fields.ts';
import { type Fields, securityOf } from './spec.ts';

/**
 * What `owners=keep` needs, as a hand-written `cp -a` by root does. All four are among the defaults of container
 * runtimes.
 */
const ownerCapabilities: readonly string[] = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'];

/**
 * @param model the container whose user the files are read and written as
 * @param isSource whether that is the container whose image is copied
 * @param keepsOwners whether the share says `owners=keep`
 */
export function copySecurity(spec: Fields, model: Fields | undefined, isSource: boolean, keepsOwners = false): Fields {
  return {
    ...inherited(model, ['runAsUser', 'runAsGroup', 'runAsNonRoot', 'seLinuxOptions']),
    ...(needsUser(spec, model, isSource) && { runAsUser: nobody }),
    allowPrivilegeEscalation: false,
    ...(keepsOwners ? { capabilities: { drop: ['ALL'], add: [...ownerCapabilities] } } : dropped(spec, model)),
    readOnlyRootFilesystem: true,
    ...seccomp(spec, model),
  };
}

/** The tool's own image names a user that is not root; only a Pod that wants root by name has it otherwise. */
export function toolSecurity(spec: Fields, model: Fields | undefined): Fields {
  const user = securityOf(spec, model, 'runAsUser');
  return {
    ...inherited(model, user === 0 ? ['seLinuxOptions'] : ['runAsUser', 'runAsGroup', 'seLinuxOptions']),
    ...(mapOf(spec.securityContext).runAsUser !== 0 && { runAsNonRoot: true }),
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    ...seccomp(spec, model),
  };
}

/** Whether the container may run as root, as far as the template tells: an image may name another user. */
export function mayBeRoot(spec: Fields, container: Fields | undefined): boolean {
  const user = securityOf(spec, container, 'runAsUser');
  return securityOf(spec, container, 'runAsNonRoot') !== true && !(typeof user === 'number' && user > 0);
}

/** Another image may name root as its user, or none, and the kubelet refuses to run that as non-root. */
export function needsUser(spec: Fields, model: Fields | undefined, isSource: boolean): boolean {
  const isNonRoot = securityOf(spec, model, 'runAsNonRoot') === true;
  return !isSource && isNonRoot && securityOf(spec, model, 'runAsUser') === undefined;
}

/**
 * What the container drops, and everything where it can never be root: a user that is not root has no use for any
 * capability.
 */
function dropped(spec: Fields, model: Fields | undefined): Fields {
  if (!mayBeRoot(spec, model)) return { capabilities: { drop: ['ALL'] } };
  const drop = textsOf(mapOf(mapOf(model?.securityContext).capabilities).drop);
  return drop.length > 0 ? { capabilities: { drop } } : {};
}

function inherited(model: Fields | undefined, fields: readonly string[]): Fields {
  const own = mapOf(model?.securityContext);
  return Object.fromEntries(fields.flatMap((field) => (own[field] === undefined ? [] : [[field, own[field]]])));
}

/**
 * Where the Pod names no profile and the container does, one that fits any program. Some policies forbid a profile
 * that nobody asked for.
 */
function seccomp(spec: Fields, model: Fields | undefined): Fields {
  if (mapOf(spec.securityContext).seccompProfile !== undefined) return {};
  return mapOf(model?.securityContext).seccompProfile === undefined ? {} : { seccompProfile: { type: 'RuntimeDefault' } };
}

/** The capabilities of `owners=keep` that the container gives away and does not take back. */
export function lackingCapabilities(model: Fields | undefined): string[] {
  const { drop, add } = mapOf(mapOf(model?.securityContext).capabilities);
  const named = (list: unknown, capability: string) =>
    listOf(list).some((each) => each === 'ALL' || each === capability || each === `CAP_${capability}`);
  return ownerCapabilities.filter((capability) => named(drop, capability) && !named(add, capability));
}

/** The user that distroless images run as. */
export const nobody = 65532;
