import type { MappedText } from '../mapped-text.ts';
import { MAX_INTEGER } from './number.ts';
import { refuse, within } from './problem.ts';
import { Part, partOf, splitFirst } from './split.ts';
import { INVALID_VALUE, OUT_OF_RANGE, SERVER_ID } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** Account names or numbers. No groups: those of the account. */
export interface Account {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * `user[:group[,group…]]`.
 *
 * Whether an account exists depends on the machine that runs the server, so names are only checked for their form, and a
 * number without group is taken to belong to an account.
 */
export const account: ValueType<Account> = {
  syntax: '<user>[:<group>[,<group>…]]',
  completions: ['www-data'],
  parse(value, report) {
    const parts = splitFirst(value, ':');
    const userPart = parts === null ? Part.whole(value) : parts[0];
    const user = parseId(userPart.text, within(report, userPart.at), 'user');
    if (parts === null) return user.ok ? parsed({ user: user.value, groups: [] }) : user;
    const groups = parseGroups(parts[1].text, within(report, parts[1].at));
    return user.ok && groups.ok ? parsed({ user: user.value, groups: groups.value }) : NOT_PARSED;
  },
};

function parseGroups(value: MappedText, report: ReportValueProblem): Parsed<readonly string[]> {
  const groups: string[] = [];
  let isWhole = true;
  let at = 0;
  for (const raw of value.text.split(',')) {
    const part = partOf(value, at, at + raw.length);
    if (part.text.text !== raw && part.text.text !== '') {
      refuse(report, value, SERVER_ID, 'a blank in the group list', {
        note: 'Hiawatha does not trim the groups, although its manual prints a blank',
        start: at,
        end: at + raw.length,
        replacement: part.text.text,
      });
      isWhole = false;
    } else {
      const group = parseId(part.text, within(report, part.at), 'group');
      if (group.ok) groups.push(group.value);
      else isWhole = false;
    }
    at += raw.length + 1;
  }
  return isWhole ? parsed(groups) : NOT_PARSED;
}

function parseId(
  value: MappedText,
  report: ReportValueProblem,
  kind: 'user' | 'group',
): Parsed<string> {
  const text = value.text;
  if (text === '') {
    return refuse(report, value, INVALID_VALUE, `the ${kind} is missing`, {
      note: kind === 'group' ? 'write a group, or no colon' : 'write the name of an account',
    });
  }
  if (text === 'root' || /^0+$/.test(text)) {
    return refuse(
      report,
      value,
      INVALID_VALUE,
      `"${text}": the server must not run as ${kind} root`,
      {
        note: 'give it an account of its own, as "www-data"',
      },
    );
  }
  if (/^[0-9]+$/.test(text)) {
    return Number(text) > MAX_INTEGER
      ? refuse(report, value, OUT_OF_RANGE, `${text} is more than ${MAX_INTEGER}`)
      : parsed(text);
  }
  if (/[\s:,/]/.test(text) || text.startsWith('-')) {
    return refuse(report, value, INVALID_VALUE, `"${text}" is not a ${kind} name`);
  }
  return parsed(text);
}
