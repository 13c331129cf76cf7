/** `id ; root ; user[:group[,group…]]` (cgi-wrapper.conf, Wrap; cgi-wrapper.c: read_configfile). */
import type { MappedText } from '../mapped-text.ts';
import { account, type Account } from './account.ts';
import { refuse, within } from './problem.ts';
import { splitAll, type Part } from './split.ts';
import { INVALID_VALUE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** A line of cgi-wrapper.conf. */
export interface WrapEntry {
  /** What WrapCGI of the server names. */
  readonly id: string;
  /** Programs have to lie below it; null: below the web directory of a user. */
  readonly root: string | null;
  /** What the program sees as its root directory; null: that of the system. */
  readonly chroot: string | null;
  /** The user whose web directory it is, or null. */
  readonly homeOf: string | null;
  readonly account: Account;
}

const FORM = 'write "<id> ; <root> ; <user>[:<group>[,<group>…]]"';

export const wrapEntry: ValueType<WrapEntry> = {
  syntax: '<id> ; <root> | ~<user> ; <user>[:<group>[,<group>…]]',
  completions: [],
  parse(value, report) {
    const parts = splitAll(value, ';');
    const [id, root, user, extra] = parts;
    if (id === undefined || root === undefined || user === undefined || extra !== undefined) {
      return refuse(
        report,
        value,
        INVALID_VALUE,
        `a Wrap has three parts, here ${parts.length === 1 ? 'is 1' : `are ${parts.length}`}`,
        { note: FORM },
      );
    }
    const hasId = id.text.text !== '';
    if (!hasId) refuse(report, value, INVALID_VALUE, 'the id is missing', { note: FORM });
    const place = parseRoot(value, root, report);
    const owner = account.parse(user.text, within(report, user.at));
    return hasId && place.ok && owner.ok
      ? parsed({ id: id.text.text, ...place.value, account: owner.value })
      : NOT_PARSED;
  },
};

type Place = Pick<WrapEntry, 'root' | 'chroot' | 'homeOf'>;

/** A full path in which one slash may be `|`, or `~user`. */
function parseRoot(
  value: MappedText,
  { text, at }: Part,
  report: ReportValueProblem,
): Parsed<Place> {
  const written = text.text;
  const range = { start: at, end: at + Math.max(written.length, 1) };
  if (written.startsWith('~')) {
    const homeOf = written.slice(1);
    return homeOf === '' || homeOf.includes('/')
      ? refuse(report, value, INVALID_VALUE, `"${written}" names no user`, {
          ...range,
          note: 'write "~name"; the web directory of that user is meant',
        })
      : parsed({ root: null, chroot: null, homeOf });
  }
  const bar = written.indexOf('|');
  const root = written.replace('|', '/');
  if (!root.startsWith('/')) {
    return refuse(report, value, INVALID_VALUE, `"${written}" is not a full path`, {
      ...range,
      note: 'write the directory below which the programs lie, from "/" on',
    });
  }
  if (root.includes('|')) {
    return refuse(report, value, INVALID_VALUE, `"${written}" has more than one "|"`, {
      ...range,
      note: 'it stands for the slash behind the directory that becomes the root of the program',
    });
  }
  return parsed({ root, chroot: bar > 0 ? root.slice(0, bar) : null, homeOf: null });
}
