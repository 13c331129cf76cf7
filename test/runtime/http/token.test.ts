import { describe, expect, test } from 'vitest';
import { HTTP_TOKEN } from '../../../grammar/values/http-token.ts';
import { TOKEN } from '../../../runtime/http/token.ts';

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

describe('TOKEN', () => {
  test('holds letters, digits and the signs of RFC 9110 §5.6.2', () => {
    const signs = ASCII.filter((sign) => TOKEN.test(`a${sign}z`)).join('');
    expect(signs).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
    );
  });

  test.each(['', 'a\n', 'ä', '\u0130'])('refuses %j', (text) => {
    expect(TOKEN.test(text)).toBe(false);
  });

  test('is the same to who reads configurations and to who serves', () => {
    expect(HTTP_TOKEN).toEqual(TOKEN);
  });
});
