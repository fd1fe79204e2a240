/**
 * Security contexts of the containers that a copy adds. A Pod that satisfies the Pod Security Standard *restricted* still does, and one that is not
 * restricted gets nothing beyond *baseline*.
 */
import { mapOf } from '../objects/fields.ts';
import { type Fields, securityOf } from './spec.ts';

/**
 * @param model the container whose user the files are read and written as
 * @param isSource whether that is the container whose image is copied
 */
export function copySecurity(spec: Fields, model: Fields | undefined, isSource: boolean): Fields {
  const user = securityOf(spec, model, 'runAsUser');
  const nonRoot = securityOf(spec, model, 'runAsNonRoot') === true;
  const mayBeRoot = !nonRoot && !(typeof user === 'number' && user > 0);
  // Another image may name root as its user, or none, and the kubelet refuses to run that as non-root.
  const needsUser = !isSource && nonRoot && user === undefined;
  return {
    ...inherited(model, ['runAsUser', 'runAsGroup', 'runAsNonRoot', 'seLinuxOptions']),
    ...(needsUser && { runAsUser: nobody }),
    allowPrivilegeEscalation: false,
    // What a copy by root needs to keep owners and modes, as in a hand-written `cp -a`; of the defaults of container runtimes, so baseline.
    capabilities: { drop: ['ALL'], ...(mayBeRoot && { add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] }) },
    readOnlyRootFilesystem: true,
    ...seccomp(spec),
  };
}

/** The tool's own image names a user that is not root; only a Pod that wants root by name has it otherwise. */
export function toolSecurity(spec: Fields, model: Fields | undefined): Fields {
  return {
    ...inherited(model, ['seLinuxOptions']),
    ...(mapOf(spec.securityContext).runAsUser !== 0 && { runAsNonRoot: true }),
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    ...seccomp(spec),
  };
}

function inherited(model: Fields | undefined, fields: readonly string[]): Fields {
  const own = mapOf(model?.securityContext);
  return Object.fromEntries(fields.flatMap((field) => (own[field] === undefined ? [] : [[field, own[field]]])));
}

function seccomp(spec: Fields): Fields {
  const ofPod = mapOf(spec.securityContext).seccompProfile;
  return ofPod === undefined ? { seccompProfile: { type: 'RuntimeDefault' } } : {};
}

/** The user that distroless images run as. */
const nobody = 65532;
