/** The extensions of RFC 5280 that a certificate authority and a TLS server need, and no others. */
import { boolean, implicit, namedBits, objectIdentifier, octetString, sequence, unsignedInteger } from './der.ts';

/** Of a certificate that signs those of servers, and no further authority. */
export function authorityExtensions(keyId: Uint8Array): Uint8Array[] {
  const [keyCertSign, cRLSign] = [5, 6];
  return [
    extension('2.5.29.19', critical, sequence(boolean(true), unsignedInteger(Uint8Array.of(0)))),
    extension('2.5.29.15', critical, namedBits(keyCertSign, cRLSign)),
    subjectKeyIdentifier(keyId),
  ];
}

/** Of a TLS server with these DNS names. */
export function serverExtensions(names: readonly string[], keyId: Uint8Array, issuerKeyId: Uint8Array): Uint8Array[] {
  const digitalSignature = 0;
  const serverAuth = objectIdentifier('1.3.6.1.5.5.7.3.1');
  const dnsName = 2;
  return [
    extension('2.5.29.19', critical, sequence()),
    extension('2.5.29.15', critical, namedBits(digitalSignature)),
    extension('2.5.29.37', optional, sequence(serverAuth)),
    extension('2.5.29.17', optional, sequence(...names.map((name) => implicit(dnsName, new TextEncoder().encode(name))))),
    subjectKeyIdentifier(keyId),
    extension('2.5.29.35', optional, sequence(implicit(0, issuerKeyId))),
  ];
}

const critical = true;
const optional = false;

function subjectKeyIdentifier(keyId: Uint8Array): Uint8Array {
  return extension('2.5.29.14', optional, octetString(keyId));
}

/** `critical` is false by default, and DER leaves defaults out. */
function extension(identifier: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(identifier), ...(isCritical ? [boolean(true)] : []), octetString(value));
}
