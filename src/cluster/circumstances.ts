/**
 * What stands behind some refusals of the API server, told from the reason and details of its Status, in words with
 * what to do about it. One place for installing and for taking down.
 */
import { BookendError } from '../errors.ts';
import { shellWord } from '../objects/shell-quote.ts';

/** `details.reason` of an error that the port throws: what the server's own reason says too broadly. */
const circumstances = ['KindNotServed', 'NamespaceNotFound', 'NamespaceTerminating', 'QuotaExceeded', 'TooLarge'] as const;
export type Circumstance = (typeof circumstances)[number];

/** What of a Status tells; as `metav1.Status` has it. */
type StatusBody = { message?: string; details?: { kind?: string; causes?: { reason?: string }[] } };

/**
 * The circumstance that an answer tells of, if any.
 * @param onNamespace the request was about a Namespace itself, so that a missing one is no circumstance
 */
export function circumstanceIn(
  { message = '', details }: StatusBody,
  httpStatus: number,
  onNamespace: boolean,
): Circumstance | undefined {
  // `plugin/pkg/admission/namespace/lifecycle`: the cause of a 403, and a NotFound that names the namespace in place of
  // the object.
  if (details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return 'NamespaceTerminating';
  if (httpStatus === 404 && details?.kind === 'namespaces' && !onNamespace) return 'NamespaceNotFound';
  // `plugin/pkg/admission/resourcequota` gives no reason but Forbidden, and no cause: only its sentence tells.
  if (httpStatus === 403 && quota.test(message)) return 'QuotaExceeded';
  if (isTooLarge(message)) return 'TooLarge';
  return undefined;
}

/** etcd's own words, which the API server hands on with status 500, as if another attempt could succeed. */
export function isTooLarge(message: string): boolean {
  return /etcdserver: request is too large|trying to send message larger than max|Request entity too large/i.test(message);
}

const quota = / is forbidden: (?:exceeded|failed) quota: ([^,:\s]+)/;

/** The error's message, and where the circumstance is known what it means and what to do. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof BookendError)) return error instanceof Error ? error.message : String(error);
  const more = meaningOf(error);
  return more === undefined ? error.message : `${error.message}: ${more}`;
}

function meaningOf(error: BookendError): string | undefined {
  const namespace = namespaceIn(error);
  const where = namespace === undefined ? 'its namespace' : `namespace ${namespace}`;
  switch (error.details.reason as Circumstance | undefined) {
    case 'KindNotServed':
      return 'its kind is not served yet: install its CustomResourceDefinition, or correct apiVersion and kind';
    case 'NamespaceNotFound':
      return `${where} does not exist: create it, or make it an object of the same ClusterOperator`;
    case 'NamespaceTerminating':
      return `${where} is being deleted: wait until it is gone, then create it again`;
    case 'QuotaExceeded': {
      const name = quota.exec(error.message)?.[1];
      const at = namespace === undefined ? '' : ` -n ${shellWord(namespace)}`;
      return `a ResourceQuota of ${where} leaves no room: raise it, or delete what is not needed${name ? ` (kubectl describe resourcequota ${shellWord(name)}${at})` : ''}`;
    }
    case 'TooLarge':
      return 'the object, with its status, is larger than etcd stores (1.5 MiB): split it into several';
    default:
      return undefined;
  }
}

/** From the object that the error is about, `ConfigMap a/b`, or from the server's sentence. */
function namespaceIn({ message, details: { object } }: BookendError): string | undefined {
  return /^\S+ ([^/\s]+)\//.exec(object ?? '')?.[1] ?? /namespaces "([^"]+)" not found/.exec(message)?.[1];
}
