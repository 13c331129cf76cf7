import { afterEach, describe, expect, test, vi } from 'vitest';
import { answerHead, type HeadParts } from '../../../runtime/http/answer-head.ts';

const PARTS: HeadParts = {
  status: 200,
  fields: ['Content-Type', 'text/plain'],
  contentLength: 3,
  commonFields: ['Server', 'test'],
  extraFields: [],
  isKeepAlive: true,
  isHttp10: false,
  isFramed: false,
};

/** Without the date. */
function fieldsOf(parts: HeadParts): readonly string[] {
  const { fields } = answerHead(parts);
  expect(fields[0]).toBe('Date');
  return fields.slice(2);
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('answerHead', () => {
  test('puts the fields of the handler behind those of every answer', () => {
    expect(fieldsOf({ ...PARTS, extraFields: ['X-Random', 'a'] })).toEqual([
      ...['Server', 'test', 'Connection', 'keep-alive', 'X-Random', 'a'],
      ...['Content-Type', 'text/plain', 'Content-Length', '3'],
    ]);
  });

  test('counts the bytes that HTTP/1.1 writes', () => {
    const { bytes, fields, phrase, status } = answerHead(PARTS);
    let text = `HTTP/1.1 ${status} ${phrase}\r\n`;
    for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`;
    expect(bytes).toBe(`${text}\r\n`.length);
  });

  test('leaves the date to a handler that says one', () => {
    const { fields } = answerHead({ ...PARTS, fields: ['date', 'then'] });
    expect(fields.filter((field) => field.toLowerCase() === 'date')).toEqual(['date']);
  });

  test.each([
    { name: 'chunks without a length', parts: { contentLength: null }, isChunked: true },
    { name: 'no chunks over HTTP/1.0', parts: { contentLength: null, isHttp10: true } },
    { name: 'no chunks over HTTP/2', parts: { contentLength: null, isFramed: true } },
    { name: 'no chunks without a body', parts: { contentLength: null, status: 304 } },
  ])('has $name', ({ parts, isChunked = false }) => {
    const head = answerHead({ ...PARTS, ...parts });
    expect(head.isChunked).toBe(isChunked);
    expect(head.fields.includes('Transfer-Encoding')).toBe(isChunked);
    expect(head.fields).not.toContain('Content-Length');
  });

  test('says nothing of the connection over HTTP/2', () => {
    expect(fieldsOf({ ...PARTS, isFramed: true })).not.toContain('Connection');
  });

  test('is the same for the same parts', () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    expect(answerHead({ ...PARTS })).toBe(answerHead(PARTS));
  });

  test.each<Partial<HeadParts>>([
    { status: 404 },
    { fields: ['Content-Type', 'text/html'] },
    { contentLength: 4 },
    { contentLength: null },
    { commonFields: ['Server', 'other'] },
    { extraFields: ['X-Random', 'a'] },
    { isKeepAlive: false },
    { isHttp10: true, contentLength: null },
    { isFramed: true },
  ])('is another one with %j, and the first again without', (change) => {
    const first = answerHead(PARTS);
    const other = answerHead({ ...PARTS, ...change });
    expect(other).not.toEqual(first);
    expect(fieldsOf(PARTS)).toEqual(first.fields.slice(2));
  });

  test('does not keep extra fields', () => {
    answerHead({ ...PARTS, extraFields: ['X-Random', 'a'] });
    expect(fieldsOf(PARTS)).not.toContain('X-Random');
  });

  test('has the date of its second', () => {
    const start = performance.now() + 2000;
    vi.useFakeTimers({ now: Date.parse('2026-11-23T20:45:02.600Z'), toFake: ['Date'] });
    const clock = vi.spyOn(performance, 'now').mockReturnValue(start);
    expect(answerHead(PARTS).fields[1]).toBe('Mon, 23 Nov 2026 20:45:02 GMT');
    vi.setSystemTime(Date.parse('2026-11-23T20:45:03.000Z'));
    clock.mockReturnValue(start + 399);
    expect(answerHead(PARTS).fields[1]).toBe('Mon, 23 Nov 2026 20:45:02 GMT');
    clock.mockReturnValue(start + 400);
    expect(answerHead(PARTS).fields[1]).toBe('Mon, 23 Nov 2026 20:45:03 GMT');
  });
});
