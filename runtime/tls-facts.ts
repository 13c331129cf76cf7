import type { TLSSocket } from 'node:tls';
import type { RequestContext } from './request-context.ts';
import type { TlsMaterial } from './tls-material.ts';

/** What was agreed on with a client, and what it has shown. */
export function tlsFacts(socket: TLSSocket, material: TlsMaterial | null): RequestContext['tls'] {
  const name: unknown = Reflect.get(socket, 'servername');
  const servername = typeof name === 'string' && name !== '' ? name.toLowerCase() : null;
  return {
    servername,
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName.replaceAll('_', '-'),
    client: socket.authorized ? clientCertificate(socket, material, servername) : null,
  };
}

/** The certificate that a client has shown, and which authorities it was held against. */
function clientCertificate(
  socket: TLSSocket,
  material: TlsMaterial | null,
  servername: string | null,
): NonNullable<RequestContext['tls']>['client'] {
  const authority = material?.authorityFor(servername) ?? null;
  const certificate = socket.getPeerX509Certificate();
  if (authority === null || certificate === undefined) return null;
  return {
    authority,
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serial: certificate.serialNumber,
  };
}

/** `C=NL, O=Example, CN=anna`: Node has a line for each part. */
function distinguishedName(text: string): string {
  return text.trim().split('\n').join(', ');
}
