import type { MappedText } from '../mapped-text.ts';
import { formatIp, readIp, refuseIp } from './ip-address.ts';
import { parseStrictList } from './list.ts';
import { bitsOf, networkOf, type Network } from './network.ts';
import { parseInteger } from './number.ts';
import { warn, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { partOf } from './split.ts';
import { HOST_BITS, MASK_OUT_OF_RANGE } from './value-errors.ts';
import { parsed, type Parsed, type ReportValueProblem, type ValueType } from './value-type.ts';

/** Addresses and networks. Unlike in access lists the mask is not limited and host bits are not cleared. */
export const ipList: ValueType<readonly Spanned<Network>[]> = {
  syntax: '<address>[/<mask>][, …]',
  completions: [],
  parse: (value, report) => parseStrictList(value, report, parseEntry),
};

function parseEntry(item: MappedText, report: ReportValueProblem): Parsed<Network> {
  const text = item.text;
  const slash = text.indexOf('/');
  const host = partOf(item, 0, slash === -1 ? text.length : slash);
  const address = readIp(host.text.text);
  if (address === null) return refuseIp(host.text, within(report, host.at));
  const bits = bitsOf(address);
  if (slash === -1) return parsed(networkOf(address, bits));
  const mask = partOf(item, slash + 1, text.length);
  const length = parseInteger(mask.text, within(report, mask.at), { unit: 'bits' });
  if (!length.ok) return length;
  if (length.value > bits) {
    warn(report, item, MASK_OUT_OF_RANGE, `the mask ${length.value} is more than ${bits}`, {
      note: 'Hiawatha takes it, but the entry has no meaning',
      start: mask.at,
      end: text.length,
    });
    return parsed(networkOf(address, bits));
  }
  const network = networkOf(address, length.value);
  if (network.address !== formatIp(address)) {
    warn(report, item, HOST_BITS, `"${text}" never matches a client`, {
      note: `bits behind the mask are set; the network is ${network.address}/${network.prefixLength}`,
      replacement: `${network.address}/${network.prefixLength}`,
    });
  }
  return parsed(network);
}
