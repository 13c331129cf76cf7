/** GitLab's code quality report (a subset of the Code Climate format). */
import type { Severity } from '../../grammar/diagnostic.ts';
import { fingerprintsOf } from './fingerprint.ts';
import { findingsOf, type Reporter } from './report.ts';

const SEVERITIES: Readonly<Record<Severity, 'major' | 'minor' | 'info'>> = {
  error: 'major',
  warning: 'minor',
  hint: 'info',
};

/** The code quality report of GitLab, a JSON array. */
export const reportGitlab: Reporter = (report) => {
  const findings = findingsOf(report);
  const fingerprints = fingerprintsOf(findings);
  const document = findings.map(({ diagnostic, file, range }, index) => ({
    description: `${diagnostic.message} [${diagnostic.code}]`,
    check_name: diagnostic.slug,
    fingerprint: fingerprints[index],
    severity: SEVERITIES[diagnostic.severity],
    location: {
      // GitLab matches this with names relative to the repository, which never begin with "./".
      path: file.replace(/^\.\//, ''),
      lines: { begin: range.start.line, end: range.end.line },
    },
  }));
  return `${JSON.stringify(document, null, 2)}\n`;
};
