import { describe, expect, test } from 'vitest';
import {
  standardErrorEvent,
  standardErrorLines,
  type StandardErrorEntry,
} from '../../../runtime/logs/standard-error-text.ts';

function entry(overrides: Partial<StandardErrorEntry> = {}): StandardErrorEntry {
  return {
    requestId: '3f2a9c1b7d04',
    isFailed: false,
    host: 'www.example.org',
    script: '/srv/www/index.php',
    member: '/run/php/fpm.sock',
    text: 'PHP message: one\nPHP message: two\n',
    droppedBytes: 0,
    ...overrides,
  };
}

describe('standard error as lines', () => {
  test('is the text alone, as in Hiawatha', () => {
    expect(standardErrorLines(entry())).toBe('PHP message: one\nPHP message: two');
  });

  test('says what was too much', () => {
    expect(standardErrorLines(entry({ droppedBytes: 12 }))).toBe(
      'PHP message: one\nPHP message: two\n(12 further bytes of standard error were dropped)',
    );
  });

  test('names a request that failed', () => {
    expect(standardErrorLines(entry({ isFailed: true }))).toMatch(/ \(request 3f2a9c1b7d04\)$/);
  });
});

describe('standard error as an event', () => {
  test('has the request, host, script and member', () => {
    expect(JSON.parse(standardErrorEvent(entry()))).toEqual({
      event: 'standard-error',
      request: '3f2a9c1b7d04',
      host: 'www.example.org',
      script: '/srv/www/index.php',
      member: '/run/php/fpm.sock',
      text: 'PHP message: one\nPHP message: two',
      droppedBytes: 0,
    });
  });

  test.each([
    'a|b',
    '"quoted" \\',
    'a\r\nb',
    '\u0000\u001b\u007f',
    'gr\u00c3\u00bc\u00c3\u009fe',
    '\u00ff',
  ])('is one line of JSON whatever the text: %j', (text) => {
    const line = standardErrorEvent(entry({ text }));
    // eslint-disable-next-line no-control-regex -- Control characters are what this looks for.
    expect(line).not.toMatch(/[\u0000-\u001f\u007f|]/);
    const { text: read } = JSON.parse(Buffer.from(line, 'latin1').toString('utf8')) as {
      text: string;
    };
    expect(read).toBe(Buffer.from(text, 'latin1').toString('utf8'));
  });
});
