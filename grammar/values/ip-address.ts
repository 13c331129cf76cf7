/**
 * IP addresses as text: what `inet_pton` reads, nothing more (no names, brackets, zones, short or octal forms).
 */
import type { MappedText } from '../mapped-text.ts';
import { refuse } from './problem.ts';
import { INVALID_VALUE } from './value-errors.ts';
import { parsed, type Parsed, type ReportValueProblem, type ValueType } from './value-type.ts';

/** An address as bytes: 4 or 16. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bytes: readonly number[];
}

/** One address; the value is its shortest text. */
export const ipAddress: ValueType<string> = {
  syntax: '<IPv4 or IPv6 address>',
  completions: ['0.0.0.0', '::', '127.0.0.1', '::1'],
  parse(value, report) {
    const address = parseIp(value, report);
    return address.ok ? parsed(formatIp(address.value)) : address;
  },
};

/** Reads an address that may be a part of a larger value. */
function parseIp(value: MappedText, report: ReportValueProblem): Parsed<IpAddress> {
  const address = readIp(value.text);
  return address === null ? refuseIp(value, report) : parsed(address);
}

/** Says why a text is no address. */
export function refuseIp(value: MappedText, report: ReportValueProblem): Parsed<never> {
  const text = value.text;
  if (text === '') return refuse(report, value, INVALID_VALUE, 'the address is missing');
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  if (bracketed !== undefined && readIp(bracketed) !== null) {
    return refuse(report, value, INVALID_VALUE, `"${text}": no brackets around an address here`, {
      replacement: bracketed,
    });
  }
  const withPort = /^([0-9.]+):[0-9]+$/.exec(text)?.[1];
  if (withPort !== undefined && readIp(withPort) !== null) {
    return refuse(
      report,
      value,
      INVALID_VALUE,
      `"${text}" is an address with a port; only an address is allowed here`,
      {
        note: 'a binding has its own Port line',
        replacement: withPort,
      },
    );
  }
  return refuse(report, value, INVALID_VALUE, `"${text}" is not an IP address`, {
    note: whyNot(text),
    ...(text === '*' ? { replacement: '0.0.0.0' } : {}),
  });
}

function whyNot(text: string): string {
  if (text === '*') return 'write "0.0.0.0" for every IPv4 address, "::" for every IPv6 address';
  if (/^[0-9.]+$/.test(text)) return 'an IPv4 address has four numbers from 0 to 255';
  if (/^[0-9a-f:.]+%/i.test(text)) return 'zones are not known; write the address alone';
  return 'names are not resolved; write the address';
}

/** The address that a text stands for, or null. */
export function readIp(text: string): IpAddress | null {
  if (text.includes(':')) {
    const bytes = readIpv6(text);
    return bytes === null ? null : { family: 6, bytes };
  }
  const bytes = readIpv4(text);
  return bytes === null ? null : { family: 4, bytes };
}

function readIpv4(text: string): readonly number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = parts.map((part) =>
    /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255 ? Number(part) : -1,
  );
  return bytes.includes(-1) ? null : bytes;
}

function readIpv6(text: string): readonly number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : null;
  return missing < 2 ? null : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Groups of up to four hexadecimal digits; the last may be an IPv4 address when it ends the text. */
function readGroups(text: string, isEnd: boolean): readonly number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const word = Number.parseInt(group, 16);
      bytes.push(word >> 8, word & 0xff);
      continue;
    }
    const embedded = isEnd && index === groups.length - 1 ? readIpv4(group) : null;
    if (embedded === null) return null;
    bytes.push(...embedded);
  }
  return bytes;
}

/** The shortest text of an address (RFC 5952). */
export function formatIp(address: IpAddress): string {
  const { bytes } = address;
  if (address.family === 4) return bytes.join('.');
  const words = Array.from(
    { length: 8 },
    (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0),
  );
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (isMapped) return `::ffff:${bytes.slice(12).join('.')}`;
  let best = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && words[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = words.map((word) => word.toString(16));
  return best.length < 2
    ? hex.join(':')
    : `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`;
}
