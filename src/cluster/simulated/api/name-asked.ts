/**
 * The one name that a list or watch is about. Who asks for it needs the right to that one alone
 * (`apiserver/pkg/endpoints/request/requestinfo.go`).
 */
import type { Query } from '../../port.ts';

export function nameAsked({ fieldSelector = '' }: Query): string | undefined {
  return /^metadata\.name=([^,]+)$/.exec(fieldSelector)?.[1];
}
