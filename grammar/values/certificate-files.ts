import { warn } from './problem.ts';
import { splitFirst } from './split.ts';
import { EMPTY_ITEM } from './value-errors.ts';
import { parsed, type ValueType } from './value-type.ts';

/** Certificates of authorities, and what they revoked. */
export interface CaFiles {
  readonly caFile: string;
  readonly crlFile: string | null;
}

/** `ca[, crl]` (RequiredCA). */
export const caFiles: ValueType<CaFiles> = {
  syntax: '<CA file>[, <CRL file>]',
  completions: [],
  parse(value, report) {
    const parts = splitFirst(value, ',');
    if (parts === null) return parsed({ caFile: value.text, crlFile: null });
    const [ca, crl] = parts;
    if (ca.text.text === '' || crl.text.text === '') {
      warn(
        report,
        value,
        EMPTY_ITEM,
        `the name of the ${ca.text.text === '' ? 'CA' : 'CRL'} file is empty`,
      );
    }
    return parsed({
      caFile: ca.text.text,
      crlFile: crl.text.text === '' ? null : crl.text.text,
    });
  },
};
