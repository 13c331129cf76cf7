import type { MappedText } from '../mapped-text.ts';
import { formatIp, readIp } from './ip-address.ts';
import { parseStrictList } from './list.ts';
import { parseInteger } from './number.ts';
import { objectTo, refuse, warn, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { partOf } from './split.ts';
import { INVALID_VALUE, LAX_VALUE, PORT_ABOVE_LIMIT } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** Where an application listens. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  /** `host` is an address, without brackets. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const MAX_PORT = 65_535;
const FORMS = 'write "127.0.0.1:9000", "[::1]:9000" or the path of a socket';

/** Addresses with port, or socket paths (ConnectTo). */
export const backendList: ValueType<readonly Spanned<Endpoint>[]> = {
  syntax: '<address>:<port> | [<IPv6 address>]:<port> | <socket path> [, …]',
  completions: [],
  parse: (value, report) => parseStrictList(value, report, parseEndpoint),
};

/** Reads a socket path or an address with its port. */
function parseEndpoint(value: MappedText, report: ReportValueProblem): Parsed<Endpoint> {
  return value.text.startsWith('/')
    ? parsed({ kind: 'unix', path: value.text })
    : parseAddressWithPort(value, report);
}

/** Reads `v4:port`, `[v6]:port`, `v6.port` or `[v4]:port`. Names are not allowed. */
export function parseAddressWithPort(
  value: MappedText,
  report: ReportValueProblem,
): Parsed<Endpoint & { kind: 'tcp' }> {
  const split = separate(value.text);
  if (split === null) return refuseAddress(value, report);
  const host = partOf(value, split.hostStart, split.hostEnd);
  const address = readIp(host.text.text);
  if (address === null || (split.separator === '.' && address.family === 4)) {
    return refuseAddress(value, report);
  }
  if (split.separator === ':' && address.family === 6 && split.hostStart === 0) {
    return refuseAddress(value, report);
  }
  const port = partOf(value, split.portStart, value.text.length);
  const number = parseInteger(port.text, within(report, port.at), { min: 1 });
  if (!number.ok) return number;
  const place = { start: port.at, end: port.at + port.text.text.length };
  if (number.value > MAX_PORT) {
    objectTo(
      report,
      value,
      PORT_ABOVE_LIMIT,
      `${number.value} is no port: the largest is ${MAX_PORT}`,
      {
        ...place,
        note: 'Hiawatha does not check it and would connect elsewhere',
      },
    );
    return NOT_PARSED;
  }
  const isV4InBrackets = split.hostStart > 0 && address.family === 4;
  if (isV4InBrackets || /[ \t]/.test(value.text)) {
    warn(report, value, LAX_VALUE, `"${value.text}" is an unusual way to write an address`, {
      note: isV4InBrackets ? 'brackets are for IPv6' : 'blanks around the colon are dropped',
      replacement: `${address.family === 6 ? `[${host.text.text}]` : host.text.text}:${number.value}`,
      safe: true,
    });
  }
  return parsed({ kind: 'tcp', host: formatIp(address), port: number.value });
}

interface Separated {
  readonly hostStart: number;
  readonly hostEnd: number;
  readonly portStart: number;
  readonly separator: ':' | '.';
}

function separate(text: string): Separated | null {
  const bracket = /^\[[^\]]*\][ \t]*:/.exec(text)?.[0];
  if (bracket !== undefined) {
    return {
      hostStart: 1,
      hostEnd: text.indexOf(']'),
      portStart: bracket.length,
      separator: ':',
    };
  }
  const colon = text.lastIndexOf(':');
  const dot = text.lastIndexOf('.');
  if (dot > colon && text.indexOf(':') !== -1) {
    return { hostStart: 0, hostEnd: dot, portStart: dot + 1, separator: '.' };
  }
  if (colon === -1) return null;
  return { hostStart: 0, hostEnd: colon, portStart: colon + 1, separator: ':' };
}

function refuseAddress(value: MappedText, report: ReportValueProblem): Parsed<never> {
  const text = value.text;
  const socket = /^unix:(?:\/\/)?(\/.*)$/i.exec(text)?.[1];
  const scheme = /^(?:tcp|fastcgi|http|fcgi):\/\/(.*)$/i.exec(text)?.[1];
  if (socket !== undefined || scheme !== undefined) {
    return refuse(report, value, INVALID_VALUE, `"${text}": no scheme in front of an address`, {
      note: FORMS,
      replacement: socket ?? scheme ?? '',
    });
  }
  const bare = readIp(text);
  if (bare?.family === 4) {
    return refuse(report, value, INVALID_VALUE, `"${text}" has no port`, {
      note: `write "${text}:9000", with the port of the application`,
    });
  }
  const v6 = /^([0-9a-f:]+):([0-9]{1,5})$/i.exec(text);
  if (
    v6?.[1] !== undefined &&
    v6[2] !== undefined &&
    v6[1].includes(':') &&
    readIp(v6[1]) !== null
  ) {
    return refuse(report, value, INVALID_VALUE, `"${text}": an IPv6 address needs brackets`, {
      replacement: `[${v6[1]}]:${v6[2]}`,
      safe: false,
    });
  }
  const v4 = /^([0-9]+(?:\.[0-9]+){3})[. \t]([0-9]+)$/.exec(text);
  if (v4?.[1] !== undefined && v4[2] !== undefined) {
    return refuse(report, value, INVALID_VALUE, `"${text}": the port stands behind a colon`, {
      replacement: `${v4[1]}:${v4[2]}`,
    });
  }
  const local = /^localhost:([0-9]+)$/i.exec(text)?.[1];
  return refuse(report, value, INVALID_VALUE, `"${text}" is no address with a port`, {
    note: local === undefined ? FORMS : `names are not resolved; ${FORMS}`,
    ...(local === undefined ? {} : { replacement: `127.0.0.1:${local}`, safe: false }),
  });
}
