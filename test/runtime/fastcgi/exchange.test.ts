import { describe, expect, test } from 'vitest';
import { RecordDecoder } from '../../../runtime/fastcgi/decode.ts';
import { FcgiExchange, refusalOf } from '../../../runtime/fastcgi/exchange.ts';
import type { EndRequest } from '../../../runtime/fastcgi/record.ts';
import { allCuts, bytes } from '../../support/bytes.ts';

const HELLO = bytes('01 06 0001 0005 03 00', '"hello"', '000000');
const STDERR = bytes('01 07 0001 0004 04 00', '"oops"', '00000000');
const END_OF_STDOUT = bytes('01 06 0001 0000 00 00');
const END = bytes('01 03 0001 0008 00 00', '00000000 00 000000');
const OF_ANOTHER_REQUEST = bytes('01 06 0002 0006 02 00', '"secret"', '0000');
const UNKNOWN_WITH_ID = bytes('01 63 0001 0003 00 00', '"???"');
const MANAGEMENT = bytes('01 0b 0000 0008 00 00', '2a 00000000000000');
const FROM_THE_WRONG_SIDE = bytes('01 05 0001 0002 00 00', '"no"');

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly end: EndRequest | null;
  readonly isReusable: boolean;
}

function exchange(pieces: readonly Uint8Array[]): Outcome {
  const seen: { stdout: string; stderr: string; end: EndRequest | null } = {
    stdout: '',
    stderr: '',
    end: null,
  };
  const subject = new FcgiExchange({
    onStdout: (content) => (seen.stdout += Buffer.from(content).toString('latin1')),
    onStderr: (content) => (seen.stderr += Buffer.from(content).toString('latin1')),
    onEnd: (end) => (seen.end = end),
  });
  subject.begin('', new Uint8Array(0));
  const decoder = new RecordDecoder();
  for (const piece of pieces) {
    decoder.push(piece);
    subject.read(decoder);
  }
  return { ...seen, isReusable: subject.isConnectionReusable };
}

function check(records: readonly Buffer[], expected: Partial<Outcome>): void {
  for (const pieces of allCuts(Buffer.concat(records))) {
    expect(exchange(pieces)).toMatchObject(expected);
  }
}

const COMPLETE = { appStatus: 0, protocolStatus: 0 };

describe('FcgiExchange', () => {
  test('passes output on and ends with END_REQUEST', () => {
    check([HELLO, END_OF_STDOUT, END], { stdout: 'hello', isReusable: true });
  });

  test('needs no empty STDOUT record', () => {
    check([HELLO, END], { stdout: 'hello', isReusable: true });
  });

  test('goes on behind an empty STDOUT record', () => {
    check([HELLO, END_OF_STDOUT, HELLO, END], { stdout: 'hellohello', isReusable: true });
  });

  test('keeps standard error apart', () => {
    check([HELLO, STDERR, HELLO, END], { stdout: 'hellohello', stderr: 'oops', isReusable: true });
  });

  test.each([
    ['a record of another request', OF_ANOTHER_REQUEST],
    ['a record of unknown type', UNKNOWN_WITH_ID],
    ['a management record', MANAGEMENT],
    ['a record of the other direction', FROM_THE_WRONG_SIDE],
  ])('ignores %s, and does not trust the connection again', (_name, record) => {
    check([record, HELLO, record, END], { stdout: 'hello', isReusable: false });
  });

  test('ignores what comes after END_REQUEST, and does not trust the connection again', () => {
    check([HELLO, END, HELLO], { stdout: 'hello', isReusable: false });
  });

  test('has no use for a connection without END_REQUEST', () => {
    check([HELLO, END_OF_STDOUT], { stdout: 'hello', end: null, isReusable: false });
  });

  test('tells the application status', () => {
    const ended = exchange([bytes('01 03 0001 0008 00 00', '00000007 00 000000')]).end;
    expect(ended).toMatchObject({ appStatus: 7, protocolStatus: 0 });
  });

  test('has no use for a connection whose STDIN was not sent to its end', () => {
    const subject = new FcgiExchange({
      onStdout: () => undefined,
      onStderr: () => undefined,
      onEnd: () => undefined,
    });
    subject.begin('', null);
    const decoder = new RecordDecoder();
    decoder.push(Buffer.concat([HELLO, END]));
    subject.read(decoder);
    expect(subject.hasEnded).toBe(true);
    expect(subject.isConnectionReusable).toBe(false);
    expect(Buffer.from(subject.endStdin())).toEqual(bytes('01 05 0001 0000 00 00'));
    expect(subject.isConnectionReusable).toBe(true);
  });
});

describe('refusalOf', () => {
  test.each([
    [0, null],
    [1, 'HWR_FCGI_REFUSED_ROLE'],
    [2, 'HWR_FCGI_OVERLOADED'],
    [3, 'HWR_FCGI_REFUSED_ROLE'],
    [77, 'HWR_FCGI_REFUSED_ROLE'],
  ])('protocol status %i is %s', (protocolStatus, code) => {
    const refusal = refusalOf({ type: 'end-request', requestId: 1, ...COMPLETE, protocolStatus });
    expect(refusal?.code ?? null).toBe(code);
  });
});
