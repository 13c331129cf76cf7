/** `address path[,path…] [minutes]` (hiawatha(1) WebSocket; serverconfig.c: parse_websocket). */
import type { MappedText } from '../mapped-text.ts';
import { parseAddressWithPort, type Endpoint } from './backend-list.ts';
import { SECOND_MS } from './duration.ts';
import { parseInteger } from './number.ts';
import { newer, refuse, warn, within } from './problem.ts';
import { splitAll } from './split.ts';
import { EMPTY_ITEM, INVALID_VALUE, WRONG_CASE } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';
import { splitWords, type Word } from './words.ts';

/** A WebSocket line. */
export interface WebSocket {
  readonly scheme: 'ws' | 'wss' | 'unix';
  readonly endpoint: Endpoint;
  /** `*` stands for every URL. */
  readonly paths: readonly string[];
  readonly timeoutMs: number;
}

const MINUTE_MS = 60 * SECOND_MS;
const DEFAULT_TIMEOUT_MINUTES = 10;
const FORM = 'write "ws://<address>:<port> <path>[,<path>] [<minutes>]"';

export const webSocket: ValueType<WebSocket> = {
  syntax: 'ws://<address>:<port> | wss://<address>:<port> | <socket path>, <path>[,…] [<minutes>]',
  completions: [],
  parse(value, report) {
    const [address, paths, minutes, ...extra] = splitWords(value);
    if (address === undefined || paths === undefined) {
      return refuse(report, value, INVALID_VALUE, 'the line names no path', { note: FORM });
    }
    const endpoint = parseTarget(address, report);
    const isListWithBlanks = paths.text.text.endsWith(',') && minutes !== undefined;
    if (isListWithBlanks || extra.length > 0) {
      const first = isListWithBlanks ? minutes : extra[0];
      return refuse(
        report,
        value,
        INVALID_VALUE,
        isListWithBlanks
          ? 'no blank may stand between the paths'
          : `"${first?.text.text ?? ''}" is not expected here`,
        { start: first?.at ?? 0, end: value.text.length, note: FORM },
      );
    }
    const timeout =
      minutes === undefined
        ? parsed(DEFAULT_TIMEOUT_MINUTES * MINUTE_MS)
        : parseInteger(minutes.text, within(report, minutes.at), {
            min: 1,
            unit: 'minutes',
            factor: MINUTE_MS,
          });
    const list = readPaths(paths, report);
    return endpoint.ok && timeout.ok
      ? parsed({ ...endpoint.value, paths: list, timeoutMs: timeout.value })
      : NOT_PARSED;
  },
};

function readPaths(word: Word, report: ReportValueProblem): readonly string[] {
  const inner = within(report, word.at);
  return splitAll(word.text, ',').map((part) => {
    const path = part.text.text;
    const place = { start: part.at, end: part.at + path.length };
    if (path === '') {
      warn(inner, word.text, EMPTY_ITEM, 'empty path in the list', {
        ...place,
        note: 'it matches nothing; remove the comma',
      });
    } else if (path !== '*' && !path.startsWith('/')) {
      warn(inner, word.text, INVALID_VALUE, `"${path}" does not begin with a slash`, {
        ...place,
        note: 'every URL does, so the path never matches',
        replacement: `/${path}`,
      });
    }
    return path;
  });
}

function parseTarget(
  { text, at }: Word,
  report: ReportValueProblem,
): Parsed<Pick<WebSocket, 'scheme' | 'endpoint'>> {
  if (text.text.startsWith('/')) {
    newer(within(report, at), text, {
      what: 'a socket path as WebSocket server',
      release: { with: '9.15' },
    });
    return parsed({ scheme: 'unix', endpoint: { kind: 'unix', path: text.text } });
  }
  const written = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text.text);
  const scheme = written?.[1] ?? '';
  const inner = within(report, at);
  if (scheme !== 'ws' && scheme !== 'wss') return refuseScheme(text, scheme, inner);
  const start = scheme.length + '://'.length;
  const rest = text.slice(start);
  const slash = rest.text.indexOf('/');
  if (slash !== -1) {
    return refuse(inner, text, INVALID_VALUE, 'the address of a WebSocket server has no path', {
      start: start + slash,
      end: text.text.length,
      replacement: '',
      note: 'requests are passed on with the URL they came with',
    });
  }
  const endpoint = parseAddressWithPort(rest, within(inner, start));
  return endpoint.ok ? parsed({ scheme, endpoint: endpoint.value }) : endpoint;
}

function refuseScheme(text: MappedText, scheme: string, report: ReportValueProblem): Parsed<never> {
  const folded = scheme.toLowerCase();
  const place = { start: 0, end: scheme.length };
  if (folded === 'ws' || folded === 'wss') {
    return refuse(report, text, WRONG_CASE, `the scheme "${scheme}" has to be in lower case`, {
      ...place,
      replacement: folded,
    });
  }
  if (folded === 'http' || folded === 'https') {
    return refuse(report, text, INVALID_VALUE, `"${scheme}" is no scheme of a WebSocket`, {
      ...place,
      replacement: folded === 'http' ? 'ws' : 'wss',
    });
  }
  return refuse(report, text, INVALID_VALUE, `"${text.text}" is no address of a WebSocket`, {
    note: 'write "ws://127.0.0.1:5000", "wss://…" or the full path of a socket',
  });
}
