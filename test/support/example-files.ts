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
/** Files that the examples of rules name. */
export const EXAMPLE_FILES = {
  'sites.conf': '# no site yet\n',
  'sites-with-a-backup/site.conf.bak': '# an old site\n',
  'mimetype.conf': 'text/html html\n',
  'ca.pem': CA,
  '/etc/ssl/certs/ca-certificates.crt': CA,
};
