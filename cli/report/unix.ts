/** One line for each problem, as compilers have them: for editors, grep, and reviewers. */
import { findingsOf, type Reporter } from './report.ts';
import { visibleInLine } from './visible-text.ts';

/** A line for each diagnostic, as compilers write them. */
export const reportUnix: Reporter = (report) =>
  findingsOf(report)
    .map(({ diagnostic, file, range }) => {
      const place = `${visibleInLine(file)}:${range.start.line}:${range.start.column}`;
      const message = visibleInLine(diagnostic.message);
      return `${place}: ${diagnostic.severity}: ${message} [${diagnostic.code} ${diagnostic.slug}]\n`;
    })
    .join('');
