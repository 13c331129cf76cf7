import { compile } from '../../compiler/compile.ts';
import { type Environment, NOTHING_KNOWN } from '../../compiler/lint/environment.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { mapSourceLoader } from './map-source-loader.ts';

/** Files that examples may name. */
const CA = `-----BEGIN CERTIFICATE-----
MIIBcjCCARegAwIBAgIUaXdwShI+SFytJ2XADQswpLjINKswCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTI0MDAwOTEzWhgPMjEyNjEwMzEwMDA5MTNa
MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwoYDrIaZ
oLduLO9Tr4UexFGk793y+xDXpeIJE3PypSKVhFekp3xXojyW+WBOVf/ff78+tprm
ZjWCmvdjluYM5aNTMFEwHQYDVR0OBBYEFGrqPQ/oeWRtWHuKi+Aa4bOT+N5wMB8G
A1UdIwQYMBaAFGrqPQ/oeWRtWHuKi+Aa4bOT+N5wMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSQAwRgIhAPjrhpKAdHhoy2nFX2qc74+vca6rP26c5ak8CY0S
WDjWAiEAp6yN48KLEmiG5xGPaUDpU7RH4tVFuhey5FbvphHbf5Q=
-----END CERTIFICATE-----
`;
const SIDE_FILES = {
  'mimetype.conf': 'text/html html\n',
  'ca.pem': CA,
  '/etc/ssl/certs/ca-certificates.crt': CA,
};

/**
 * Everything that is found in a configuration of one file, in the order of the text.
 *
 * @param environment - The machine it is to run on; by default nothing is known of it.
 */
export function checkText(
  text: string,
  environment: Environment = NOTHING_KNOWN,
): readonly Diagnostic[] {
  const loader = mapSourceLoader({ ...SIDE_FILES, 'hiawatha.conf': text });
  return compile(loader, 'hiawatha.conf', { environment }).diagnostics;
}
