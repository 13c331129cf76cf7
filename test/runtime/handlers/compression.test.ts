import { expect, test } from 'vitest';
import { compressibilityOf, etagOfCompressed } from '../../../runtime/handlers/compression.ts';

test.each([
  ['text/html', 'html', 'offered'],
  ['text/html; charset=utf-8', 'html', 'offered'],
  ['image/svg+xml', 'svg', 'offered'],
  ['image/svg+xml', 'svgz', 'is-gzip'],
  ['application/xml', 'xml', 'offered'],
  ['application/json', 'json', 'if-stored'],
  ['application/ld+json', 'jsonld', 'if-stored'],
  ['application/javascript; charset=utf-8', 'js', 'if-stored'],
  ['application/jsonp', 'jsonp', 'never'],
  ['image/png', 'png', 'never'],
  [null, null, 'never'],
] as const)('compressibilityOf: %s .%s: %s', (type, extension, expected) => {
  expect(compressibilityOf(type, extension, new Set(['xml']))).toBe(expected);
});

test('etagOfCompressed makes another strong tag', () => {
  expect(etagOfCompressed('"a-b"', 'gzip')).toBe('"a-b-gzip"');
});

test('etagOfCompressed makes another tag for each coding', () => {
  expect(etagOfCompressed('"a-b"', 'br')).toBe('"a-b-br"');
});
