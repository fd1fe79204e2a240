/**
 * Owners and modes as users write them (`chown=1000:2000`, `chmod=g+rwX`), in the form that the copy tool accepts.
 */

export type Owner = { uid?: number; gid?: number };

/** `UID`, `UID:GID` or `:GID` in numbers; undefined for anything else. */
export function parseOwner(text: string): Owner | undefined {
  const [, user, group] = /^(\d{1,10})?(?::(\d{1,10}))?$/.exec(text) ?? [];
  const [uid, gid] = [user, group].map((part) => (part === undefined ? undefined : Number(part)));
  if ((uid ?? gid) === undefined || [uid, gid].some((id) => id !== undefined && id > mostId)) return undefined;
  return { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
}

/** Octal with three or four digits, or symbolic as in chmod(1). */
export function isChmod(text: string): boolean {
  return text.length <= longestMode && (/^[0-7]{3,4}$/.test(text) || text.split(',').every((clause) => clauseOf.test(clause)));
}

/** Who, then one or more changes: `g+rwX`, `go=rX`, `g=u`. */
const clauseOf = /^[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+$/;

/** The last number is "no user" to Linux, and Kubernetes has 31 bits for `runAsUser`. */
const mostId = 2 ** 31 - 1;
const longestMode = 100;
