/**
 * The API server in memory: each request goes through what a real one goes through (kind, authorization, defaults,
 * admission, validation, storage) and is answered at once. Everything here is synchronous; `client.ts` makes the
 * asynchronous port of it, the controllers call it as it is.
 */
import { isMap } from '../../../objects/fields.ts';
import { describeRef } from '../../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../../objects/object.ts';
import { labelMatcher } from '../../../objects/selectors.ts';
import type { Clock, Instant } from '../../clock.ts';
import type { Applied, Deleted, DeleteOptions, Patch, Query } from '../../port.ts';
import { copy, type Fields, same } from '../json.ts';
import { makeUid, nameSuffix, type Random } from '../random.ts';
import { timestamp } from '../timestamp.ts';
import { answerReview } from './access-review.ts';
import { type Admission, type AdmissionRequest, builtInAdmission, errorOf, refusalAmong } from './admission.ts';
import { alreadyExists, apiError, apiNotAvailable, conflict, invalidField, kindNotServed, objectNotFound } from './api-errors.ts';
import { Audit } from './audit.ts';
import { beginTermination, customResource, definitionsKey, refuseWhileTerminating, schemaOf } from './custom-resources.ts';
import { asCreated, withDefaults } from './defaults.ts';
import { beginNamespaceTermination, type Deletion, deletionOf, mayGo } from './deletion.ts';
import { silentApi } from './gates/api-services.ts';
import { type Answers, type Backends, backendsOf } from './gates/backends.ts';
import { conversionFailure } from './gates/conversions.ts';
import { policies } from './gates/policies.ts';
import { quotas } from './gates/quotas.ts';
import { mutatingKey, validatingKey, type WebhookAnswer, webhooks } from './gates/webhooks.ts';
import { type Kind, keyOf } from './kind.ts';
import { Kinds } from './kinds.ts';
import { applied, created, type Manager, updated } from './managed-fields.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { Authorizer } from './rbac.ts';
import { refuseEscalation } from './rbac-escalation.ts';
import { fieldMatcher, nameAsked } from './selectors.ts';
import { Store, type Stored } from './store.ts';
import { subresourceChanged } from './subresources.ts';
import { home, withGeneration, withStatusOf, withSystemFields } from './update-rules.ts';
import { controllerManager, type User } from './user.ts';
import { validate } from './validation.ts';

/** Who writes, and how. Without `manager` the write is not entered in `metadata.managedFields`. */
export type By = { user: User; manager?: string; dryRun?: boolean };

const system: By = { user: controllerManager };

export class ApiServer {
  readonly store = new Store();
  readonly kinds = new Kinds();
  readonly authorizer = new Authorizer(this.store);
  readonly clock: Clock;
  /** Plugins that may refuse a write besides those that are always on: webhooks, policies, and a test's own. */
  readonly admission: Admission[];
  /** What webhooks answer while they are alive, by their names. Without an entry a webhook allows everything. */
  readonly webhookAnswers = new Map<string, WebhookAnswer>();
  /** Policies and webhooks of which nobody knows whether they refuse, in words; requests pass them. */
  readonly undecided = new Set<string>();
  readonly backends: Backends;
  readonly audit: Audit;
  readonly #builtIn = builtInAdmission(this.store);
  readonly #names: Random;
  readonly #uids: Random;

  /** @param answers which Services answer whatever Pods are behind them */
  constructor(clock: Clock, random: Random, answers?: Answers) {
    this.clock = clock;
    this.audit = new Audit(clock);
    this.backends = backendsOf(this.store, answers);
    const { store, kinds, authorizer, backends } = this;
    const { undecided } = this;
    const parts = { store, authorizer, backends, answers: this.webhookAnswers, undecided };
    this.admission = [
      webhooks(parts, mutatingKey),
      policies({ store, kinds, authorizer, undecided }),
      webhooks(parts, validatingKey),
      quotas(store),
    ];
    this.#names = random.fork('names');
    this.#uids = random.fork('uids');
  }

  /** The kind, or `not-found` when it is not served. */
  kind(apiVersion: string, kind: string): Kind {
    const found = this.kinds.find(apiVersion, kind);
    if (found === undefined) throw kindNotServed(apiVersion, kind);
    return found;
  }

  get(ref: ObjectRef, user: User): Stored | undefined {
    const kind = this.kind(ref.apiVersion, ref.kind);
    const namespace = namespaceFor(kind, ref.name, ref.namespace);
    this.authorize(user, 'get', kind, namespace, ref.name);
    this.#reachable(kind);
    const found = this.store.get(kind.key, namespace, ref.name);
    return found && inVersion(kind, found);
  }

  list(query: Query, user: User, verb = 'list'): Stored[] {
    const kind = this.kind(query.apiVersion, query.kind);
    const namespace = kind.namespaced ? query.namespace : undefined;
    this.authorize(user, verb, kind, namespace, nameAsked(query));
    this.#reachable(kind);
    const matchers = [labelMatcher(query.labelSelector), fieldMatcher(query.fieldSelector)].filter(
      (matcher) => matcher !== undefined,
    );
    const found = this.store.all(kind.key, namespace).filter((object) => matchers.every((matches) => matches(object)));
    return found.map((object) => inVersion(kind, object)).sort(byName);
  }

  create(input: KubernetesObject, by: By): Stored {
    const kind = this.kind(input.apiVersion, input.kind);
    const { metadata = { name: '' } } = input;
    const name = metadata.name || `${metadata.generateName ?? ''}${metadata.generateName ? nameSuffix(this.#names) : ''}`;
    const namespace = namespaceFor(kind, name, metadata.namespace, true);
    this.authorize(by.user, 'create', kind, namespace);
    this.#reachable(kind);
    if (kind.virtual) return answerReview(this.authorizer, by.user, copy(input)) as Stored;
    if (metadata.resourceVersion)
      throw invalidField(kind, name, namespace, 'metadata.resourceVersion', 'must not be set on objects to be created');
    return this.#insert(kind, namespace, name, copy(input), by, 'Update');
  }

  apply(input: KubernetesObject, by: By & { manager: string }, force: boolean): Applied & { object: Stored } {
    const kind = this.kind(input.apiVersion, input.kind);
    const { name, uid, managedFields } = input.metadata;
    const namespace = namespaceFor(kind, name, input.metadata.namespace, true);
    this.authorize(by.user, 'patch', kind, namespace, name);
    this.#reachable(kind);
    if (managedFields !== undefined) throw invalidField(kind, name, namespace, 'metadata.managedFields', 'must be nil');
    const { status, ...rest } = copy(input);
    const config = (kind.hasStatus || status === undefined ? rest : { ...rest, status }) as Stored;
    const old = this.store.get(kind.key, namespace, name);
    if (old === undefined) {
      // With the name, unlike a POST (`createAuthorizerAttributes` in `handlers/patch.go`): `create` can be granted for
      // one name.
      this.authorize(by.user, 'create', kind, namespace, name);
      if (uid !== undefined)
        throw conflict(
          kind,
          name,
          namespace,
          `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
        );
      return { created: true, object: this.#insert(kind, namespace, name, config, by, 'Apply') };
    }
    const manager = this.#manager(by.manager, 'Apply', kind);
    const next = applied(inVersion(kind, old), config, manager, force, schemaOf(this.store, kind));
    return { created: false, object: inVersion(kind, this.#commit(kind, old, next, by)) };
  }

  patch(ref: ObjectRef, patch: Patch, by: By, subresource?: string): Stored {
    const kind = this.kind(ref.apiVersion, ref.kind);
    const namespace = namespaceFor(kind, ref.name, ref.namespace);
    this.authorize(by.user, 'patch', kind, namespace, ref.name, subresource);
    this.#reachable(kind, { operation: 'UPDATE', name: ref.name, namespace, user: by.user });
    const old = this.store.get(kind.key, namespace, ref.name);
    if (old === undefined) throw objectNotFound(kind, ref.name, namespace);
    const result = this.#patched(kind, inVersion(kind, old), patch);
    const next = subresource === undefined ? withStatusOf(kind, old, result) : subresourceChanged(kind, old, result, subresource);
    const manager = subresource === undefined && by.manager ? this.#manager(by.manager, 'Update', kind) : undefined;
    return inVersion(kind, this.#commit(kind, old, next, by, manager, subresource));
  }

  /** Puts `next` in the place of `old`: for controllers, which hold what they change. Answers what is stored now. */
  update(kind: Kind, old: Stored, next: Stored, by: By = system): Stored {
    return this.#commit(kind, old, next, by);
  }

  /** Writes the status subresource, for controllers. */
  updateStatus(kind: Kind, old: Stored, status: Fields, by: By = system): Stored {
    if (same(old.status, status)) return old;
    return this.#commit(kind, old, { ...old, status }, by, undefined, 'status');
  }

  /** @param collection the request is part of the deletion of a whole collection */
  delete(ref: ObjectRef, options: DeleteOptions, user: User, collection = false): Deleted {
    const kind = this.kind(ref.apiVersion, ref.kind);
    const namespace = namespaceFor(kind, ref.name, ref.namespace);
    this.authorize(user, collection ? 'deletecollection' : 'delete', kind, namespace, collection ? undefined : ref.name);
    this.#reachable(kind, { operation: 'DELETE', name: ref.name, namespace, user });
    const object = this.store.get(kind.key, namespace, ref.name);
    if (object === undefined) return 'absent';
    refuseUnmet(kind, object, options);
    const dryRun = options.dryRun ?? false;
    const request: AdmissionRequest = {
      operation: 'DELETE',
      kind,
      ...home(namespace),
      name: ref.name,
      oldObject: object,
      user,
      dryRun,
      ...(collection && { collection }),
    };
    this.#admit(this.#builtIn, request);
    this.#admit(this.admission, request);
    this.audit.passed(request);
    return this.deleteStored(kind, object, options);
  }

  /**
   * Deletes without asking anybody, as the server does for the custom resources of a CustomResourceDefinition that
   * goes.
   */
  deleteStored(kind: Kind, object: Stored, options: DeleteOptions): Deleted {
    const now = this.clock.now();
    const deletion = this.#deletion(kind, object, options, now);
    const answer = deletion.gone ? 'deleted' : 'terminating';
    if (options.dryRun) return answer;
    if (deletion.gone) {
      // What has a grace period is marked first even when it is 0 (`updateForGracefulDeletionAndFinalizers`).
      const isMarked = deletion.object.metadata.deletionTimestamp !== object.metadata.deletionTimestamp;
      this.store.remove(kind, isMarked ? this.store.put(kind, deletion.object) : deletion.object);
    } else if (deletion.object !== object) this.store.put(kind, deletion.object);
    return answer;
  }

  #deletion(kind: Kind, object: Stored, options: DeleteOptions, now: Instant): Deletion {
    if (kind.key === 'namespaces') {
      if (object.metadata.deletionTimestamp === undefined) return beginNamespaceTermination(kind, object, options, now);
      if (!mayGo(kind, object)) return { gone: false, object };
    }
    if (kind.key === definitionsKey && object.metadata.deletionTimestamp === undefined) {
      return { gone: false, object: beginTermination(object, now) };
    }
    return deletionOf(kind, object, options, now);
  }

  /**
   * Throws when the kind cannot be had now: its aggregated API does not answer, or nobody converts its objects into
   * this version.
   */
  #reachable(
    kind: Kind,
    request?: { operation: 'UPDATE' | 'DELETE'; name: string; namespace: string | undefined; user: User },
  ): void {
    const silent = silentApi(this.store, this.backends, kind.apiVersion);
    const failure = silent ? undefined : conversionFailure(this.store, this.backends, kind);
    if (silent === undefined && failure === undefined) return;
    const error = silent
      ? apiNotAvailable()
      : apiError('unreachable', failure?.message ?? '', { status: 500, reason: 'InternalError' });
    const by = silent?.by ?? failure?.by;
    if (request) {
      const { operation, name, namespace, user } = request;
      const refusal = { message: error.message, status: silent ? 503 : 500, ...(by !== undefined && { by }) };
      this.audit.refused({ operation, kind, name, ...home(namespace), user, dryRun: false }, refusal);
    }
    throw error;
  }

  /** Throws when objects of the kind cannot be had now. */
  refuseUnreachable(kind: Kind): void {
    this.#reachable(kind);
  }

  #admit(plugins: readonly Admission[], request: AdmissionRequest): void {
    const refusal = refusalAmong(plugins, request);
    if (refusal === undefined) return;
    this.audit.refused(request, refusal);
    throw errorOf(request, refusal);
  }

  /** Throws `forbidden` in the API server's words unless the user may do this. */
  authorize(user: User, verb: string, kind: Kind, namespace: string | undefined, name?: string, subresource?: string): void {
    const { group } = kind;
    const resource = subresource === undefined ? kind.resource : `${kind.resource}/${subresource}`;
    const place = namespace === undefined ? {} : { namespace };
    if (this.authorizer.allows(user, { verb, group, resource, ...place, ...(name !== undefined && { name }) })) return;
    const what = name === undefined ? kind.key : `${kind.key} "${name}"`;
    const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const missing = this.authorizer.missingRoles(user, namespace);
    const dangling = missing.length === 0 ? '' : `: rbac: RBAC: ${missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`}`;
    throw apiError(
      'forbidden',
      `${what} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}${dangling}`,
      {
        status: 403,
        reason: 'Forbidden',
        ...(name !== undefined && { object: describeRef({ kind: kind.kind, name, ...place }) }),
        advice: `Grant ${verb} on ${what} ${scope} to ${user.name}.`,
      },
    );
  }

  #insert(
    kind: Kind,
    namespace: string | undefined,
    name: string,
    input: KubernetesObject,
    by: By,
    operation: Manager['operation'],
  ): Stored {
    const { user, dryRun = false } = by;
    refuseWhileTerminating(this.store, kind, name, namespace);
    if (name === '')
      throw invalidField(kind, name, namespace, 'metadata.name', 'Required value: name or generateName is required');
    const {
      deletionTimestamp: _d,
      deletionGracePeriodSeconds: _g,
      managedFields: _m,
      resourceVersion: _r,
      ...metadata
    } = input.metadata;
    const drafted: Stored = {
      ...input,
      metadata: {
        ...metadata,
        name,
        ...home(namespace),
        uid: makeUid(this.#uids),
        resourceVersion: '',
        creationTimestamp: timestamp(this.clock.now()),
        ...(kind.generation !== 'none' && { generation: 1 }),
      },
    };
    const sent = withDefaults(kind, customResource(this.store, kind, drafted));
    const complete = asCreated(kind, sent);
    const request = { operation: 'CREATE', kind, ...home(namespace), name, object: complete, user, dryRun } as const;
    this.#admit(this.#builtIn, request);
    validate(kind, complete, undefined);
    refuseEscalation(this.authorizer, user, kind, complete, undefined);
    this.#admit(this.admission, request);
    if (this.store.get(kind.key, namespace, name)) throw alreadyExists(kind, name, namespace);
    const schema = schemaOf(this.store, kind);
    const entered =
      by.manager === undefined
        ? complete
        : operation === 'Apply'
          ? applied(complete, input as Stored, this.#manager(by.manager, operation, kind), true, schema)
          : created(complete, sent, this.#manager(by.manager, operation, kind), schema);
    this.audit.passed(request);
    return inVersion(kind, dryRun ? entered : this.store.put(kind, entered));
  }

  #commit(kind: Kind, old: Stored, next: Stored, by: By, manager?: Manager, subresource?: string): Stored {
    const { user, dryRun = false } = by;
    const kept = withSystemFields(kind, old, next);
    const complete = withDefaults(kind, subresource === undefined ? customResource(this.store, kind, kept, old) : kept);
    const counted = withGeneration(kind, old, complete);
    const entered = manager ? updated(old, counted, manager, schemaOf(this.store, kind)) : counted;
    if (same(old, entered)) return old;
    const { name, namespace } = old.metadata;
    validate(kind, entered, old);
    if (kind.group === 'rbac.authorization.k8s.io') refuseEscalation(this.authorizer, user, kind, entered, old);
    const request: AdmissionRequest = {
      operation: 'UPDATE',
      kind,
      ...home(namespace),
      name,
      object: entered,
      oldObject: old,
      user,
      dryRun,
      ...(subresource !== undefined && { subresource }),
    };
    this.#admit(this.admission, request);
    this.audit.passed(request);
    if (dryRun) return entered;
    return mayGo(kind, entered) ? this.store.remove(kind, entered) : this.store.put(kind, entered);
  }

  #patched(kind: Kind, object: Stored, patch: Patch): Stored {
    const { name, namespace } = object.metadata;
    const details = { object: describeRef({ kind: kind.kind, name, ...home(namespace) }) };
    let result: unknown;
    if (patch.type === 'merge') result = mergePatch(object, patch.value);
    else {
      const outcome = jsonPatch(object, patch.operations);
      if ('fault' in outcome) {
        if (outcome.fault === 'test-failed')
          throw apiError('conflict', outcome.message, { status: 422, reason: 'Invalid', ...details });
        throw apiError('invalid', `the server rejected our request due to an error in our request: ${outcome.message}`, {
          status: 422,
          reason: 'Invalid',
          ...details,
        });
      }
      result = outcome.result;
    }
    if (!isMap(result) || !isMap(result.metadata))
      throw invalidField(kind, name, namespace, 'metadata', 'the patched object has none');
    return result as Stored;
  }

  #manager(name: string, operation: Manager['operation'], { apiVersion }: Kind): Manager {
    return { name, operation, apiVersion, time: timestamp(this.clock.now()) };
  }
}

/**
 * Throws `conflict` when the object is not the one, or not in the state, that the DELETE names
 * (`storage.Preconditions.Check`).
 */
function refuseUnmet(kind: Kind, { metadata }: Stored, { uid, resourceVersion }: DeleteOptions): void {
  const unmet = (field: string, wanted: string, is: string, maybe: string): never => {
    const why = `the ${field} in the precondition (${wanted}) does not match the ${field} in record (${is}). The object might have been ${maybe}`;
    const { name, namespace } = metadata;
    throw conflict({ ...kind, key: keyOf(kind.kind, kind.group) }, name, namespace, why);
  };
  if (uid !== undefined && uid !== metadata.uid) unmet('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    unmet('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
}

/** The namespace that the request is about; `invalid` where a namespaced kind has none. */
function namespaceFor(kind: Kind, name: string, namespace: string | undefined, isBody = false): string | undefined {
  if (kind.namespaced) {
    if (!namespace)
      throw invalidField(
        kind,
        name,
        undefined,
        'metadata.namespace',
        'Required value: an empty namespace may not be set when a resource name is provided',
      );
    return namespace;
  }
  if (namespace && isBody) {
    throw invalidField(
      kind,
      name,
      undefined,
      'metadata.namespace',
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  return undefined;
}

/** Conversion between versions of one kind changes the name of the version only (`conversion: None`). */
function inVersion(kind: Kind, object: Stored): Stored {
  return object.apiVersion === kind.apiVersion ? object : { ...object, apiVersion: kind.apiVersion };
}

function byName(one: Stored, other: Stored): number {
  const left = one.metadata;
  const right = other.metadata;
  if (left.namespace !== right.namespace) return (left.namespace ?? '') < (right.namespace ?? '') ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}
