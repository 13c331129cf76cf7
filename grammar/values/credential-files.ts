import type { MappedText } from '../mapped-text.ts';
import { refuse, warn, within } from './problem.ts';
import { Part, splitFirst } from './split.ts';
import { INVALID_VALUE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** Where users and groups are looked up. `scheme` null: no login, only a group file. */
export interface CredentialFiles {
  readonly scheme: 'basic' | 'digest' | null;
  readonly passwordFile: string | null;
  readonly groupFile: string | null;
}

/** `basic:file | digest:file | none`, each with `, groupfile`; null for `none` alone. */
export const credentialFiles: ValueType<CredentialFiles | null> = {
  syntax: 'basic:<file> | digest:<file> | none [, <group file>]',
  completions: ['basic:', 'digest:', 'none'],
  parse(value, report) {
    const parts = splitFirst(value, ',');
    const [login, group] = parts ?? [Part.whole(value), null];
    const found = parseLogin(login.text, within(report, login.at), group !== null);
    if (!found.ok) return NOT_PARSED;
    if (group?.text.text === '') {
      warn(report, value, INVALID_VALUE, 'the group file behind the comma is missing', {
        note: 'Hiawatha takes an empty name, and every group is unknown',
        start: login.at + login.text.text.length,
        replacement: '',
      });
    }
    const groupFile = group === null || group.text.text === '' ? null : group.text.text;
    if (found.value === null) {
      return parsed(groupFile === null ? null : { scheme: null, passwordFile: null, groupFile });
    }
    return parsed({ ...found.value, groupFile });
  },
};

type Login = Pick<CredentialFiles, 'scheme' | 'passwordFile'>;

function parseLogin(
  value: MappedText,
  report: ReportValueProblem,
  hasGroup: boolean,
): Parsed<Login | null> {
  const text = value.text;
  if (text.toLowerCase() === 'none' || (text === '' && hasGroup)) return parsed(null);
  const parts = splitFirst(value, ':');
  const scheme = parts?.[0].text.text.toLowerCase();
  if (parts === null || (scheme !== 'basic' && scheme !== 'digest')) {
    return refuse(report, value, INVALID_VALUE, `"${text}" does not say how to log in`, {
      note: 'write "basic:<file>", "digest:<file>" or "none"',
      ...(text.startsWith('/') ? { replacement: `basic:${text}`, safe: false } : {}),
    });
  }
  const file = parts[1].text.text;
  if (file === '') {
    warn(report, value, INVALID_VALUE, 'the password file is missing', {
      note: 'Hiawatha takes an empty name, and every login fails',
    });
  }
  return parsed({ scheme, passwordFile: file });
}
