/**
 * Errors with the file and the line in front: that of the field at fault where it is one of the manifest, else that
 * of the object.
 */
import { BookendError, isCode } from '../../errors.ts';
import { fieldPathOf } from './field-path.ts';
import { type Found, whereabouts } from './manifests.ts';

/** The same error with its place; what is no mistake in the input stays as it is. */
export function located(found: Found, error: unknown): unknown {
  if (!isCode(error, 'bad-input')) return error;
  const message = `${whereabouts(found, fieldIn(found, error))}: ${error.message}`;
  return new BookendError('bad-input', message, { ...error.details, cause: error });
}

/** Below the object. A share of the command line has no line; what it clashes with is named in the message. */
function fieldIn({ place, object }: Found, { details, message }: BookendError): ReturnType<typeof fieldPathOf> {
  const prefix = place === '' ? '' : `${place}.`;
  const isOurs = (field: string) =>
    field.startsWith(prefix) && Object.hasOwn(object, /^[^.[]*/.exec(field.slice(prefix.length))?.[0] ?? '');
  const named = [details.field ?? '', ...(message.match(/[A-Za-z][\w-]*(?:\.[\w-]+|\[[^\]\s]{1,300}\])+/g) ?? [])];
  const field = named.find((each) => each !== '' && isOurs(each));
  return field === undefined ? [] : fieldPathOf(field.slice(prefix.length));
}
