import { CERTIFICATE } from '../check/check-errors.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { coversName } from './hostname-cover.ts';
import { NOTHING_KNOWN } from './environment.ts';
import { defineRule } from './rule.ts';

/** Enough to renew by hand. */
const DAYS_TO_RENEW = 14;

/** The certificates that Hiawatha loads when it starts; CAcertificates is loaded by every check. */
export const CERTIFICATE_FILES = defineRule({
  ...CERTIFICATE,
  check(config, report, environment) {
    if (environment === NOTHING_KNOWN) return;
    function inspect(
      path: string | null,
      span: SourceSpan | undefined,
      use: 'server' | 'ca',
      hostnames: readonly string[],
    ): void {
      const facts = path === null ? null : environment.certificate(path);
      if (facts === null || path === null || span === undefined) return;
      const found = (message: string, advice: string): void =>
        report({
          severity: 'warning',
          message: `"${path}" ${message}`,
          span,
          notes: [{ message: advice, span: null }],
        });
      if (facts.kind === 'unusable') {
        found(`cannot be used: ${facts.reason}`, 'Hiawatha does not start with it');
        return;
      }
      if (facts.daysLeft < 0) {
        found(`expired ${-facts.daysLeft} days ago`, 'browsers refuse it; renew the certificate');
      } else if (facts.daysLeft < DAYS_TO_RENEW) {
        found(`expires in ${facts.daysLeft} days`, 'renew it, and restart Hiawatha to load it');
      }
      if (use === 'ca') return;
      if (!facts.hasKey) {
        found('holds no private key', 'put the key in front of the certificate, in the same file');
      } else if (!facts.isKeyMatching) {
        found('holds a key that belongs to another certificate', 'put the right pair in the file');
      }
      const missing = hostnames.find(
        (name) => !name.startsWith('*') && !facts.names.some((known) => isFor(known, name)),
      );
      if (missing !== undefined) {
        found(`is not for "${missing}"`, `it is for ${facts.names.join(', ') || 'no host name'}`);
      }
    }
    for (const { settings } of config.bindings) {
      const certificate = settings.tlsCertFile.last;
      inspect(certificate?.value ?? null, certificate?.directive.value.span, 'server', []);
      const ca = settings.requiredCa.last;
      inspect(ca?.value.caFile ?? null, ca?.directive.value.span, 'ca', []);
    }
    for (const { settings } of config.hosts) {
      const certificate = settings.tlsCertFile.last;
      const names = settings.hostnames.value.map((name) => name.value);
      inspect(certificate?.value ?? null, certificate?.directive.value.span, 'server', names);
      const ca = settings.requiredCa.last;
      inspect(ca?.value.caFile ?? null, ca?.directive.value.span, 'ca', []);
    }
  },
});

/** A wildcard of a certificate stands for exactly one label (RFC 6125, 6.4.3). */
function isFor(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name;
  return (
    coversName(pattern, name) &&
    name !== pattern.slice(2) &&
    name.split('.').length === pattern.split('.').length
  );
}
