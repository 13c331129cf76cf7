/**
 * Whether a file holds certificates (RFC 7468, RFC 5280 §4.1): the PEM frames and the outermost ASN.1 shape. Whether they are
 * valid, trusted or expired depends on the day and the machine and is not looked at.
 */

const FRAME =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

/** True when the text holds at least one certificate and every frame in it is one. */
export function holdsCertificates(pem: string): boolean {
  const frames = [...pem.matchAll(FRAME)];
  return frames.length > 0 && frames.every((frame) => isCertificate(decodeBase64(frame[1] ?? '')));
}

/** A certificate is a SEQUENCE of a SEQUENCE, a SEQUENCE and a BIT STRING. */
function isCertificate(der: Uint8Array | null): boolean {
  if (der === null) return false;
  const outer = readElement(der, 0);
  if (outer?.tag !== SEQUENCE || outer.end !== der.length) return false;
  let at = outer.start;
  for (const tag of [SEQUENCE, SEQUENCE, BIT_STRING]) {
    const element = readElement(der, at);
    if (element?.tag !== tag || element.end > outer.end) return false;
    at = element.end;
  }
  return at === outer.end;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Reads a tag and a definite length (X.690 §8.1.3). */
function readElement(der: Uint8Array, at: number): Element | null {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return null;
  if (first < 0x80) return element(tag, at + 2, first, der);
  const count = first & 0x7f;
  if (count === 0 || count > 4) return null;
  let length = 0;
  for (let index = 0; index < count; index++) length = length * 256 + (der[at + 2 + index] ?? 0);
  return element(tag, at + 2 + count, length, der);
}

function element(tag: number, start: number, length: number, der: Uint8Array): Element | null {
  return start + length > der.length ? null : { tag, start, end: start + length };
}

function decodeBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text.replace(/\s+/g, '')), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
