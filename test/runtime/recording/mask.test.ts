import { describe, expect, test } from 'vitest';

import type { ExchangeRecord, RecordedBody } from '../../../runtime/recording/exchange-record.ts';
import { maskExchange } from '../../../runtime/recording/mask.ts';

const SECRET = 'hunter2';

function exchange(parts: Partial<ExchangeRecord>): ExchangeRecord {
  return {
    version: 1,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'fastcgi',
    application: 'php',
    isMasked: false,
    variables: [],
    body: { bytes: 0 },
    outcome: { kind: 'aborted', ms: 1 },
    standardError: '',
    ...parts,
  };
}

function maskedVariable(name: string, value: string): string {
  return maskExchange(exchange({ variables: [[name, value]] })).variables[0]?.[1] ?? '';
}

function maskedField(name: string, value: string): string {
  const { outcome } = maskExchange(
    exchange({
      outcome: { kind: 'answer', status: 200, fields: [[name, value]], body: { bytes: 0 }, ms: 1 },
    }),
  );
  return outcome.kind === 'answer' ? (outcome.fields[0]?.[1] ?? '') : '';
}

function maskedBody(type: string, text: string): RecordedBody {
  return maskExchange(
    exchange({ variables: [['CONTENT_TYPE', type]], body: { bytes: text.length, text } }),
  ).body;
}

function maskedAnswer(type: string, body: RecordedBody): RecordedBody {
  const fields: [string, string][] = [['Content-Type', type]];
  const { outcome } = maskExchange(
    exchange({ outcome: { kind: 'answer', status: 200, fields, body, ms: 1 } }),
  );
  return outcome.kind === 'answer' ? outcome.body : { bytes: -1 };
}

describe('a record without secrets', () => {
  test.each([
    'HTTP_COOKIE',
    'HTTP_AUTHORIZATION',
    'HTTP_PROXY_AUTHORIZATION',
    'HTTP_X_API_KEY',
    'HTTP_X_CSRF_TOKEN',
    'HTTP_SESSION_ID',
    'REMOTE_USER',
    'DB_PASSWORD',
    'APP_SECRET',
    'AWS_ACCESS_KEY_ID',
  ])('has no value of the variable %s', (name) => {
    expect(maskedVariable(name, SECRET)).toBe('(masked)');
  });

  test.each([
    'REQUEST_METHOD',
    'HTTP_HOST',
    'SCRIPT_FILENAME',
    'AUTH_TYPE',
    'HTTP_ACCEPT',
    'PATH_INFO',
  ])('has the variable %s as it was', (name) => {
    expect(maskedVariable(name, 'x')).toBe('x');
  });

  test.each([
    ['QUERY_STRING', 'a=1&token=hunter2&b=2', 'a=1&token=(masked)&b=2'],
    [
      'QUERY_STRING',
      'user_pass=hunter2&new-pw=x&page=2',
      'user_pass=(masked)&new-pw=(masked)&page=2',
    ],
    ['QUERY_STRING', 'user%5Bpassword%5D=hunter2', 'user%5Bpassword%5D=(masked)'],
    ['QUERY_STRING', 'a=1&b', 'a=1&b'],
    ['REQUEST_URI', '/reset?key=hunter2', '/reset?key=(masked)'],
    ['REQUEST_URI', '/a', '/a'],
    ['HTTP_REFERER', 'https://h/?session=hunter2', 'https://h/?session=(masked)'],
  ])('has no secret in %s', (name, value, expected) => {
    expect(maskedVariable(name, value)).toBe(expected);
  });

  test.each([
    ['Set-Cookie', 'sid=hunter2; path=/; HttpOnly', 'sid=(masked); path=/; HttpOnly'],
    ['X-Auth-Token', SECRET, '(masked)'],
    ['Location', '/next?code=hunter2&a=b', '/next?code=(masked)&a=b'],
    ['WWW-Authenticate', 'Basic realm="x"', 'Basic realm="x"'],
    ['Content-Type', 'text/html', 'text/html'],
  ])('has no secret in the field %s', (name, value, expected) => {
    expect(maskedField(name, value)).toBe(expected);
  });

  test.each([
    ['application/x-www-form-urlencoded', 'user=me&password=hunter2', 'user=me&password=(masked)'],
    [
      'application/json',
      '{"user":"me","auth":{"x":1},"n":1}',
      '{"user":"me","auth":"(masked)","n":1}',
    ],
    ['application/json; charset=utf-8', '{ "n": 1 }', '{ "n": 1 }'],
    ['application/ld+json', '{"token":"hunter2"}', '{"token":"(masked)"}'],
  ])('has no secret in a body of %s', (type, text, expected) => {
    expect(maskedBody(type, text)).toEqual({ bytes: text.length, text: expected });
  });

  test.each([
    ['multipart/form-data; boundary=x', 'anything'],
    ['application/octet-stream', 'anything'],
    ['', 'anything'],
    ['application/json', '{"token":"hunter2"'],
  ])('has no body of %j that cannot be looked into', (type, text) => {
    expect(maskedBody(type, text)).toEqual({ bytes: text.length, missing: 'secret' });
  });

  test('has pages as they were, and no JSON that is cut', () => {
    const page = { bytes: 4, text: 'page' };
    expect(maskedAnswer('text/html', page)).toEqual(page);
    const cut = { bytes: 99, text: '{"token":"hunter2', missing: 'cut' as const };
    expect(maskedAnswer('application/json', cut)).toEqual({ bytes: 99, missing: 'secret' });
    expect(maskedAnswer('application/json', { bytes: 12, text: '{"token":12}' }).text).toBe(
      '{"token":"(masked)"}',
    );
  });
});
