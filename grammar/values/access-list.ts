import { TAB_AS_SEPARATOR } from '../syntax-errors.ts';
import type { MappedText } from '../mapped-text.ts';
import { refuseIp, readIp, formatIp } from './ip-address.ts';
import { parseStrictList } from './list.ts';
import { bitsOf, networkOf, type Network } from './network.ts';
import { parseInteger } from './number.ts';
import { refuse, warn, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { partOf, type Part } from './split.ts';
import { HOST_BITS, INVALID_VALUE, LAX_VALUE, OUT_OF_RANGE, REMOVED } from './value-errors.ts';
import {
  NOT_PARSED,
  parsed,
  type Parsed,
  type ReportValueProblem,
  type ValueType,
} from './value-type.ts';

/** One item of an access list; `network` null stands for every address of both families. */
export interface AccessRule {
  readonly action: 'allow' | 'deny' | 'pwd';
  readonly network: Network | null;
}

type Action = AccessRule['action'];

/** `allow` and `deny` with networks: masks. */
export const accessList: ValueType<readonly Spanned<AccessRule>[]> = listType(['allow', 'deny']);

/** The same with `pwd`: AccessList and AlterList. */
export const accessListWithLogin: ValueType<readonly Spanned<AccessRule>[]> = listType([
  'allow',
  'deny',
  'pwd',
]);

/** What may follow `allow ` in an access list (MonitorServer). */
export const monitorAddresses: ValueType<readonly Spanned<AccessRule>[]> = {
  syntax: '<address>[/<mask>]',
  completions: [],
  parse(value, report) {
    return parseStrictList(value, report, (item, reportItem) => {
      const network = parseTarget(item, reportItem);
      return network.ok ? parsed({ action: 'allow', network: network.value }) : network;
    });
  },
};

function listType(actions: readonly Action[]): ValueType<readonly Spanned<AccessRule>[]> {
  return {
    syntax: `${actions.join(' | ')} <address>[/<mask>] | all [, …]`,
    completions: actions.map((action) => `${action} all`),
    parse: (value, report) =>
      parseStrictList(value, report, (item, reportItem) => parseRule(item, reportItem, actions)),
  };
}

function parseRule(
  item: MappedText,
  report: ReportValueProblem,
  actions: readonly Action[],
): Parsed<AccessRule> {
  const text = item.text;
  const space = text.indexOf(' ');
  const verbEnd = space === -1 ? text.length : space;
  const verb = text.slice(0, verbEnd);
  const action = actions.find((known) => known === verb.toLowerCase());
  if (action === undefined) return refuseVerb(item, report, actions, verb);
  if (space === -1) {
    return refuse(report, item, INVALID_VALUE, `"${text}" says nothing about whom`, {
      note: `write "${verb} all" or "${verb} <address>/<mask>"`,
    });
  }
  const target = partOf(item, space, text.length);
  const network = parseTarget(target.text, within(report, target.at));
  return network.ok ? parsed({ action, network: network.value }) : network;
}

function refuseVerb(
  item: MappedText,
  report: ReportValueProblem,
  actions: readonly Action[],
  verb: string,
): Parsed<never> {
  const known = new RegExp(`^(${actions.join('|')})`, 'i');
  const tab = /^([a-z]+)(\t[ \t]*)/i.exec(item.text);
  if (tab?.[1] !== undefined && tab[2] !== undefined && known.test(tab[1])) {
    return refuse(
      report,
      item,
      TAB_AS_SEPARATOR,
      `a tab does not separate "${tab[1]}" from the address`,
      {
        note: 'write a space',
        start: tab[1].length,
        end: tab[0].length,
        replacement: ' ',
      },
    );
  }
  const colon = /^([a-z]+):[ \t]*(.*)$/i.exec(item.text);
  if (colon?.[1] !== undefined && known.test(colon[1])) {
    return refuse(report, item, REMOVED, `"${item.text}": the colon was replaced by a space`, {
      note: 'since Hiawatha 6.0',
      replacement: `${colon[1]} ${colon[2] ?? ''}`,
    });
  }
  if (readIp(verb.split('/')[0] ?? '') !== null || verb.toLowerCase() === 'all') {
    return refuse(
      report,
      item,
      INVALID_VALUE,
      `"${item.text}" does not say whether to allow or deny`,
      {
        note: `write "allow ${item.text}" or "deny ${item.text}"`,
      },
    );
  }
  if (verb.toLowerCase() === 'pwd') {
    return refuse(report, item, INVALID_VALUE, '"pwd" is only known in AccessList and AlterList', {
      note: 'a mask says "allow" or "deny"',
      end: verb.length,
    });
  }
  return refuse(report, item, INVALID_VALUE, `"${verb}" is none of ${actions.join(', ')}`, {
    end: verb.length,
  });
}

function parseTarget(target: MappedText, report: ReportValueProblem): Parsed<Network | null> {
  const text = target.text;
  if (text.toLowerCase() === 'all') return parsed(null);
  const slash = text.indexOf('/');
  const host = partOf(target, 0, slash === -1 ? text.length : slash);
  const address = readIp(host.text.text);
  if (address === null) return refuseIp(host.text, within(report, host.at));
  const bits = bitsOf(address);
  if (slash === -1) return parsed(networkOf(address, bits));
  const mask = partOf(target, slash + 1, text.length);
  const length = parseMask(mask, report, bits);
  if (!length.ok) return NOT_PARSED;
  if (host.text.text.length !== slash || mask.at !== slash + 1) {
    warn(report, target, LAX_VALUE, `blanks around the slash of "${text}" are dropped`, {
      replacement: `${host.text.text}/${mask.text.text}`,
      safe: true,
    });
  }
  const network = networkOf(address, length.value);
  if (length.value > 0 && network.address !== formatIp(address)) {
    warn(
      report,
      target,
      HOST_BITS,
      `"${text}" is the network ${network.address}/${network.prefixLength}`,
      {
        note: 'bits behind the mask are cleared when the list is read',
        replacement: `${network.address}/${network.prefixLength}`,
        safe: true,
      },
    );
  }
  return parsed(network);
}

function parseMask(mask: Part, report: ReportValueProblem, bits: 32 | 128): Parsed<number> {
  const inner = within(report, mask.at);
  const text = mask.text.text;
  const dotted = readIp(text);
  if (dotted?.family === 4) {
    const prefix = prefixOfDottedMask(dotted.bytes);
    return refuse(inner, mask.text, INVALID_VALUE, `"${text}": a mask is a number of bits`, {
      ...(prefix === null ? {} : { replacement: String(prefix) }),
    });
  }
  if (text === '') {
    return refuse(inner, mask.text, INVALID_VALUE, 'the mask behind the slash is missing', {
      note: `write a number of bits from 0 to ${bits}`,
    });
  }
  if (/^[0-9]+$/.test(text) && Number(text) > bits) {
    return refuse(inner, mask.text, OUT_OF_RANGE, `the mask ${text} is more than ${bits}`);
  }
  return parseInteger(mask.text, inner, { max: bits, unit: 'bits' });
}

function prefixOfDottedMask(bytes: readonly number[]): number | null {
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : null;
}
