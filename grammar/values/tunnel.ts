import { ipList } from './ip-list.ts';
import type { Network } from './network.ts';
import { newer, refuse, warn, within } from './problem.ts';
import type { Spanned } from './spanned.ts';
import { splitFirst } from './split.ts';
import { INVALID_VALUE, TUNNEL_TYPO } from './value-errors.ts';
import { NOT_PARSED, parsed, type ReportValueProblem, type ValueType } from './value-type.ts';

/** Who may tunnel: addresses, or a Basic code, or both. */
export interface Tunnel {
  readonly networks: readonly Spanned<Network>[];
  readonly credential: string | null;
}

const CODE = { what: 'a code that lets in', release: { after: '9.15' } } as const;

const IGNORE: ReportValueProblem = () => undefined;

/** `addresses[; code]`; a text that is no address list is the code. */
export const tunnel: ValueType<Tunnel> = {
  syntax: '<address>[/<mask>][, …][; <code>] | <code>',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, ';');
    if (parts !== null) {
      const [list, code] = parts;
      if (list.text.text === '') {
        return refuse(
          report,
          value,
          INVALID_VALUE,
          'the addresses before the semicolon are missing',
          {
            note: 'write the code alone to let every address in that knows it',
          },
        );
      }
      const networks = ipList.parse(list.text, within(report, list.at));
      newer(report, value, { ...CODE, start: code.at });
      return networks.ok
        ? parsed({
            networks: networks.value,
            credential: code.text.text === '' ? null : code.text.text,
          })
        : NOT_PARSED;
    }
    const networks = ipList.parse(value, IGNORE);
    if (networks.ok) {
      ipList.parse(value, report);
      return parsed({ networks: networks.value, credential: null });
    }
    if (/^[0-9a-f.:/, \t]*$/i.test(value.text) && /[.:,/]/.test(value.text)) {
      warn(
        report,
        value,
        TUNNEL_TYPO,
        `"${value.text}" is no address list, so it became a password`,
        {
          note: 'everybody who sends this text may tunnel to the SSH port; correct the address',
        },
      );
    }
    newer(report, value, CODE);
    return parsed({ networks: [], credential: value.text });
  },
};
