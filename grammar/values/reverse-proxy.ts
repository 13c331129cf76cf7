/** `[!]expression [skip] target [timeout] [keep-alive]` (hiawatha(1) ReverseProxy; rproxy.c: rproxy_setting). */
import type { MappedText } from '../mapped-text.ts';
import { QUOTED_VALUE, TAB_AS_SEPARATOR } from '../syntax-errors.ts';
import { SECOND_MS } from './duration.ts';
import { formatIp, readIp } from './ip-address.ts';
import { parseInteger } from './number.ts';
import { parsePosixRegex, type CompiledRegex } from './posix-regex.ts';
import { newer, refuse, within } from './problem.ts';
import { INVALID_VALUE, WRONG_CASE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';
import { splitWords, type Word } from './words.ts';

/** Where requests are forwarded to. */
export interface ProxyTarget {
  readonly scheme: 'http' | 'https' | 'unix';
  /** Name or address without brackets; the socket path for `unix`. */
  readonly host: string;
  /** null: that of the scheme. */
  readonly port: number | null;
  /** Put in front of the path; without final slash. */
  readonly path: string;
}

/** A ReverseProxy line. */
export interface ReverseProxy {
  readonly regex: CompiledRegex;
  readonly negated: boolean;
  readonly skipDirectories: number;
  readonly target: ProxyTarget;
  readonly timeoutMs: number;
  readonly keepAlive: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 5;
const MAX_PORT = 65_535;
const FORM = 'write "<expression> [<skip>] <URL> [<seconds>] [keep-alive]"';

export const reverseProxy: ValueType<ReverseProxy> = {
  syntax: '[!]<regular expression> [<skip>] <URL or socket path> [<seconds>] [keep-alive]',
  completions: [],
  parse(value, report) {
    const [pattern, ...rest] = splitWords(value);
    if (pattern === undefined || rest.length === 0) return refuseShort(value, report);
    const negated = pattern.text.text.startsWith('!');
    if (negated) {
      newer(within(report, pattern.at), pattern.text, {
        what: 'a negated expression',
        release: { after: '8.8' },
        note: 'there the "!" is a part of the expression',
        end: 1,
      });
    }
    const offset = pattern.at + (negated ? 1 : 0);
    const regex = parsePosixRegex(pattern.text.slice(negated ? 1 : 0), within(report, offset), {
      ignoreCase: false,
      purpose: 'test',
    });
    const forward = parseForward(value, rest, report);
    return regex.ok && forward.ok
      ? parsed({ regex: regex.value, negated, ...forward.value })
      : NOT_PARSED;
  },
};

type Forward = Omit<ReverseProxy, 'regex' | 'negated'>;

function parseForward(
  value: MappedText,
  words: readonly Word[],
  report: ReportValueProblem,
): Parsed<Forward> {
  const waiting = [...words];
  const hasSkip = /^[-+]?[0-9]+$/.test(waiting[0]?.text.text ?? '');
  const skipWord = waiting[0];
  if (hasSkip && skipWord !== undefined) {
    newer(within(report, skipWord.at), skipWord.text, {
      what: 'a number of directories to skip',
      release: { with: '9.13' },
    });
  }
  const skip = hasSkip ? parseNumber(waiting.shift(), report) : parsed(0);
  const targetWord = waiting.shift();
  if (targetWord === undefined) return refuseShort(value, report);
  const target = parseTarget(targetWord.text, within(report, targetWord.at));
  const hasTimeout = waiting.length > 0 && !isKeepAlive(waiting[0]);
  const seconds = hasTimeout
    ? parseNumber(waiting.shift(), report, { min: 1, unit: 'seconds' })
    : parsed(DEFAULT_TIMEOUT_SECONDS);
  const keepAlive = isKeepAlive(waiting[0]);
  const keepAliveWord = keepAlive ? waiting.shift() : undefined;
  if (keepAliveWord !== undefined) {
    newer(within(report, keepAliveWord.at), keepAliveWord.text, {
      what: '"keep-alive"',
      release: { with: '9.4' },
    });
  }
  const [extra] = waiting;
  if (extra !== undefined) {
    return refuse(report, value, INVALID_VALUE, `"${extra.text.text}" is not expected here`, {
      start: extra.at,
      end: value.text.length,
      note: isKeepAlive(extra) || keepAlive ? `"keep-alive" stands last; ${FORM}` : FORM,
    });
  }
  return skip.ok && target.ok && seconds.ok
    ? parsed({
        skipDirectories: skip.value,
        target: target.value,
        timeoutMs: seconds.value * SECOND_MS,
        keepAlive,
      })
    : NOT_PARSED;
}

function isKeepAlive(word: Word | undefined): boolean {
  return word?.text.text.toLowerCase() === 'keep-alive';
}

function parseNumber(
  word: Word | undefined,
  report: ReportValueProblem,
  options: Parameters<typeof parseInteger>[2] = {},
): Parsed<number> {
  return word === undefined
    ? NOT_PARSED
    : parseInteger(word.text, within(report, word.at), options);
}

function refuseShort(value: MappedText, report: ReportValueProblem): Parsed<never> {
  const tab = value.text.indexOf('\t');
  if (tab !== -1) {
    return refuse(report, value, TAB_AS_SEPARATOR, 'a tab does not separate words here', {
      start: tab,
      end: tab + 1,
      replacement: ' ',
      note: 'only spaces do',
    });
  }
  return refuse(report, value, INVALID_VALUE, 'the line does not say where to forward to', {
    note: FORM,
  });
}

const URL_FORM = /^(https?):\/\/(?:\[([^\]/]*)\]|([^/:[\]]*))(?::([^/]*))?(\/.*)?$/;

function parseTarget(value: MappedText, report: ReportValueProblem): Parsed<ProxyTarget> {
  const text = value.text;
  if (text.startsWith('/')) {
    newer(report, value, { what: 'a socket path as target', release: { with: '10.7' } });
    return parsed({ scheme: 'unix', host: text, port: null, path: '' });
  }
  const url = URL_FORM.exec(text);
  if (url === null) return refuseTarget(value, report);
  const [, schemeText, bracketed, plain, portText, path = ''] = url;
  const address = bracketed === undefined ? null : readIp(bracketed);
  if (bracketed !== undefined && address?.family !== 6) {
    return refuse(report, value, INVALID_VALUE, `"[${bracketed}]" is no IPv6 address`, {
      note: 'brackets are for IPv6 addresses alone',
    });
  }
  const host = address === null ? (plain ?? '') : formatIp(address);
  if (host === '' && portText?.includes(':') === true) return refuseTarget(value, report);
  if (host === '') {
    return refuse(report, value, INVALID_VALUE, `"${text}" names no host`, {
      note: 'write the address or name of the server to forward to',
    });
  }
  const portAt = text.length - path.length - (portText ?? '').length;
  const port =
    portText === undefined
      ? parsed(null)
      : parseInteger(value.slice(portAt, portAt + portText.length), within(report, portAt), {
          min: 1,
          max: MAX_PORT,
        });
  return port.ok
    ? parsed({
        scheme: schemeText === 'https' ? 'https' : 'http',
        host,
        port: port.value,
        path: path.replace(/\/$/, ''),
      })
    : port;
}

function refuseTarget(value: MappedText, report: ReportValueProblem): Parsed<never> {
  const text = value.text;
  const forms = 'write "http://address:port/path", "https://…" or the full path of a socket';
  const scheme = /^(https?):\/\//i.exec(text)?.[0];
  if (scheme !== undefined && scheme !== scheme.toLowerCase()) {
    return refuse(report, value, WRONG_CASE, `the scheme of "${text}" has to be in lower case`, {
      start: 0,
      end: scheme.length,
      replacement: scheme.toLowerCase(),
    });
  }
  if (/^["']/.test(text)) {
    return refuse(report, value, QUOTED_VALUE, `"${text}" begins with a quote`, {
      note: `there are no quotes; ${forms}`,
    });
  }
  const socket = /^unix:(?:\/\/)?(\/.*)$/i.exec(text)?.[1];
  if (socket !== undefined) {
    return refuse(report, value, INVALID_VALUE, `"${text}": a socket has no scheme`, {
      replacement: socket,
    });
  }
  const bareV6 = /^(https?:\/\/)([0-9a-f]*(?::[0-9a-f]*){2,}?)(:[0-9]+)?(\/.*)?$/i.exec(text);
  if (bareV6 !== null) {
    return refuse(report, value, INVALID_VALUE, `"${text}": an IPv6 address needs brackets`, {
      note: 'write "http://[::1]:8000"',
    });
  }
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  return refuse(
    report,
    value,
    INVALID_VALUE,
    hasScheme ? `"${text}" cannot be forwarded to` : `"${text}" is no URL`,
    {
      note: forms,
      ...(!hasScheme && /^[a-z0-9.-]+(:[0-9]+)?(\/.*)?$/i.test(text) && !/^[0-9]+$/.test(text)
        ? { replacement: `http://${text}`, safe: false }
        : {}),
    },
  );
}
