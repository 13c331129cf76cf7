import { readIp } from '../../grammar/values/ip-address.ts';
import { backendUrlsOf } from './backend-urls.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';

function host(url: string): string {
  return virtualHost('Hostname = www.example.org', `ReverseProxy ^/ ${url}`);
}

export const BACKEND_NAME = defineRule({
  code: 'HW915',
  slug: 'backend-name',
  summary: 'A back end by name, or a TLS back end that nobody verifies.',
  explanation:
    'Hiawatha looks names of back ends up once, when it reads the configuration: it does not start while the name has no ' +
    'address, and it keeps the address when the name moves. A TLS back end is only verified when CAcertificates is set; ' +
    'without it anybody on the way can answer in its place.',
  bad: configuration(host('https://192.0.2.10')),
  good: configuration(
    'CAcertificates = /etc/ssl/certs/ca-certificates.crt',
    host('https://192.0.2.10'),
  ),
  source: 'rproxy.c: rproxy_setting, init_rproxy_module',
  needsEveryLine: true,
  onlyWith: ['ReverseProxy', 'WebSocket'],
  check(config, report, environment) {
    const { caCertificates } = config.server.settings;
    const isVerified = caCertificates.lines.length > 0 || caCertificates.isUnreadable;
    for (const url of config.hosts.flatMap(backendUrlsOf)) {
      if ((url.scheme === 'https' || url.scheme === 'wss') && !isVerified) {
        report({
          severity: 'warning',
          message:
            'the certificate of this back end is not verified, because CAcertificates is not set',
          span: url.span,
          notes: [
            {
              message:
                'add "CAcertificates = /etc/ssl/certs/ca-certificates.crt", or the CA of the back end',
              span: null,
            },
          ],
        });
      }
      if (url.scheme === null || url.host === '' || readIp(url.host) !== null) continue;
      // No name below `invalid` ever has an address (RFC 6761, 6.4).
      const isMissing =
        /(?:^|\.)invalid\.?$/i.test(url.host) || environment.resolves(url.host) === false;
      report({
        severity: isMissing ? 'error' : 'warning',
        message: isMissing
          ? `"${url.host}" has no address, and Hiawatha does not start without it`
          : `"${url.host}" is looked up once, when the configuration is read`,
        span: url.span,
        notes: [
          {
            message: isMissing
              ? 'correct the name, or write the address'
              : 'the start fails when the name has no address then, and a later change is not seen; write the address',
            span: null,
          },
        ],
      });
    }
  },
});
