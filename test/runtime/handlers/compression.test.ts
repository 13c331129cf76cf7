import { expect, test } from 'vitest';
import { codingOf, etagOfCompressed } from '../../../runtime/handlers/compression.ts';

test.each([
  ['text/html', 'html', 'gzip-offered'],
  ['text/html; charset=utf-8', 'html', 'gzip-offered'],
  ['image/svg+xml', 'svg', 'gzip-offered'],
  ['image/svg+xml', 'svgz', 'gzip-always'],
  ['application/xml', 'xml', 'gzip-offered'],
  ['application/json', 'json', 'plain'],
  ['image/png', 'png', 'plain'],
  [null, null, 'plain'],
] as const)('codingOf: %s .%s: %s', (type, extension, coding) => {
  expect(codingOf(type, extension, new Set(['xml']))).toBe(coding);
});

test('etagOfCompressed makes another strong tag', () => {
  expect(etagOfCompressed('"a-b"')).toBe('"a-b-gzip"');
});
