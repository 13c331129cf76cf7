/** What makes a problem the same problem after lines above it have come or gone. */
import { createHash } from 'node:crypto';

import { lineText } from '../../grammar/source.ts';
import type { Finding } from './report.ts';

/** What identifies a finding, but for others like it: the rule, the file, and the line's text without its blanks. */
export interface FindingIdentity {
  readonly slug: string;
  readonly file: string;
  readonly text: string;
}

/** What a finding is known by in another run. */
export function identityOf(finding: Finding): FindingIdentity {
  const line = lineText(finding.diagnostic.span.file, finding.range.start.line);
  return {
    slug: finding.diagnostic.slug,
    file: finding.file,
    text: line.trim().replaceAll(/\s+/g, ' '),
  };
}

/** A text that is equal for equal identities only. */
export function identityKey(identity: FindingIdentity): string {
  return JSON.stringify([identity.slug, identity.file, identity.text]);
}

/**
 * A fingerprint for each finding, in order: 32 hexadecimal digits, different for each, and without line numbers in it. The
 * second finding that is equal in everything else is counted.
 */
export function fingerprintsOf(findings: readonly Finding[]): string[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const key = identityKey(identityOf(finding));
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return createHash('sha256').update(`${key}${count}`).digest('hex').slice(0, 32);
  });
}
