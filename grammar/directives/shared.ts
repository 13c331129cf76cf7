/** Rows that hosts and Directory sections share (serverconfig.c: user_setting and its callers). */
import { accessListWithLogin } from '../values/access-list.ts';
import { SECOND_MS } from '../values/duration.ts';
import { names } from '../values/name-list.ts';
import { integer } from '../values/number.ts';
import { text } from '../values/text.ts';
import { listed, optional } from './directive-spec.ts';

const upstream = 'VIRTUAL HOST CONFIGURATION';

/** Longer than a day no script runs for a client. */
const SENSIBLE_SECONDS = 86_400;

/** TimeForCGI, in milliseconds. */
export const cgiTime = integer({
  min: 1,
  unit: 'seconds',
  factor: SECOND_MS,
  sensibleMax: SENSIBLE_SECONDS,
});

/** Who may read and write. */
export const ACCESS_DIRECTIVES = {
  accessList: listed(accessListWithLogin, {
    name: 'AccessList',
    summary: 'Who may read: allow, deny or pwd per network; the first match counts',
    upstream,
    example: 'AccessList = allow 10.0.0.0/24, deny all',
  }),
  alterGroups: listed(names, {
    name: 'AlterGroup',
    summary: 'Group a user needs for PUT and DELETE',
    upstream,
    example: 'AlterGroup = publishers',
  }),
  alterList: listed(accessListWithLogin, {
    name: 'AlterList',
    summary: 'Who may use PUT and DELETE; without it nobody',
    upstream,
    example: 'AlterList = allow 10.0.0.0/24, deny all',
  }),
  requiredGroups: listed(names, {
    name: 'RequiredGroup',
    summary: 'Group a user must belong to',
    upstream,
    example: 'RequiredGroup = staff',
  }),
};

/** The wrapper for CGI programs. */
export const WRAPPER_DIRECTIVES = {
  wrapCgi: optional(text, {
    name: 'WrapCGI',
    summary: 'Entry of cgi-wrapper.conf that CGI programs run under',
    upstream,
    example: 'WrapCGI = site1',
  }),
};
