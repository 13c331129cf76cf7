/** What an application says of itself (FastCGI 1.0 §4.1). */
import type { Variables } from './messages.ts';

/** What an application says of itself; null: it does not say. */
export interface MemberValues {
  /** FCGI_MAX_CONNS: connections at the same time; null when it did not say. */
  readonly connections: number | null;
  /** FCGI_MAX_REQS: requests at the same time; null when it did not say. */
  readonly requests: number | null;
  /** FCGI_MPXS_CONNS: whether one connection may carry several requests at once. */
  readonly isMultiplexing: boolean;
}

const NUMBER = /^[1-9]\d{0,8}$/;

/** Reads the answer to FCGI_GET_VALUES (FastCGI 1.0 §4.1). What is no sensible number counts as not said. */
export function memberValues(values: Variables): MemberValues {
  const valueOf = (name: string): string | undefined =>
    values.find(([candidate]) => candidate === name)?.[1];
  const numberOf = (name: string): number | null => {
    const value = valueOf(name) ?? '';
    return NUMBER.test(value) ? Number(value) : null;
  };
  return {
    connections: numberOf('FCGI_MAX_CONNS'),
    requests: numberOf('FCGI_MAX_REQS'),
    isMultiplexing: valueOf('FCGI_MPXS_CONNS') === '1',
  };
}
