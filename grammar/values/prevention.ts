import type { MappedText } from '../mapped-text.ts';
import { parseKeyword } from './keyword.ts';
import { newer, type Novelty, refuse, warn, within } from './problem.ts';
import { splitFirst } from './split.ts';
import { IGNORED_TEXT, REMOVED } from './value-errors.ts';
import { type Parsed, type ReportValueProblem, type ValueType } from './value-type.ts';

const REACTIONS = ['no', 'detect', 'prevent', 'block'] as const;

const BLOCK: Novelty = { what: '"block"', release: { after: '9.15' }, note: 'write "yes"' };

/** What happens to a request that looks like an attack. */
export type Prevention = (typeof REACTIONS)[number];

/** PreventCSRF and PreventXSS. */
export const prevention: ValueType<Prevention> = {
  syntax: REACTIONS.join(' | '),
  completions: REACTIONS,
  parse(value, report) {
    // CSRF and XSS could be blocked before the words came.
    if (value.text === 'block') newer(report, value, { ...BLOCK, release: { after: '8.8' } });
    return parseReaction(value, report, 'prevent');
  },
};

/** PreventSQLi: text behind a comma is not looked at. */
export const sqlPrevention: ValueType<Prevention> = {
  syntax: REACTIONS.join(' | '),
  completions: REACTIONS,
  parse(value, report) {
    const parts = splitFirst(value, ',');
    if (parts === null) {
      if (value.text === 'block') newer(report, value, BLOCK);
      return parseReaction(value, report, 'block');
    }
    const [word, rest] = parts;
    if (word.text.text === 'block') newer(within(report, word.at), word.text, BLOCK);
    warn(report, value, IGNORED_TEXT, `Hiawatha does not look at ", ${rest.text.text}"`, {
      since: '10.9',
      note: 'a second value existed until 10.8: "prevent" gives 404 and "block" gives 441 now',
      start: word.at + word.text.text.length,
      replacement: '',
      safe: true,
    });
    return parseReaction(word.text, report, 'block');
  },
};

function parseReaction(
  value: MappedText,
  report: ReportValueProblem,
  meaningOfYes: Prevention,
): Parsed<Prevention> {
  const word = value.text;
  if (word === 'detect' || word === 'prevent') {
    newer(report, value, {
      what: `"${word}"`,
      release: { after: '9.15' },
      note: word === 'detect' ? 'write "no"; it cannot only look' : 'write "yes"',
    });
  }
  const old = word === 'yes' || word === 'true' ? meaningOfYes : word === 'false' ? 'no' : null;
  return old === null
    ? parseKeyword(value, report, REACTIONS)
    : refuse(report, value, REMOVED, `"${word}" is no reaction since Hiawatha 10.9`, {
        since: '10.9',
        note: `write "detect", "prevent" or "block"; the last releases that knew "${word}" took it for "${old}"`,
        replacement: old,
        safe: old === 'no',
      });
}
