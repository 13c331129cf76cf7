import { expect, test } from 'vitest';
import { isResponseRight, parseDigestFields } from '../../../runtime/auth/digest.ts';

test.each([
  ['a="1", b=2', { a: '1', b: '2' }],
  ['a="x, y=z"', { a: 'x, y=z' }],
  ['a="say \\"hi\\""', { a: 'say "hi"' }],
  ['A = 1 , b="2" ', { a: '1', b: '2' }],
])('parseDigestFields reads %s', (text, fields) => {
  expect(Object.fromEntries(parseDigestFields(text) ?? [])).toEqual(fields);
});

test.each(['a', 'a=', 'a="1', '="1"', 'a=1 b=2', 'a=1, a=2', '1;2'])(
  'parseDigestFields refuses %s',
  (text) => {
    expect(parseDigestFields(text)).toBeNull();
  },
);

/** RFC 7616 §3.9.1: both answers to one challenge, name `Mufasa`, password `Circle of Life`. */
const EXAMPLE =
  'username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth';

const MD5 = {
  ha1: '3d78807defe7de2157e2b0b6573a855f',
  fields: `${EXAMPLE}, algorithm=MD5, response="8ca523f5e9506fed4657c9700eebdbec"`,
};
const SHA256 = {
  ha1: '7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232',
  fields: `${EXAMPLE}, algorithm=SHA-256, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`,
};

function check(text: string, ha1: string, target = '/dir/index.html'): boolean {
  return isResponseRight(parseDigestFields(text) ?? new Map(), ha1, { method: 'GET', target });
}

test.each([
  ['MD5', MD5],
  ['SHA-256', SHA256],
])('isResponseRight agrees with the example of the RFC for %s', (_, { ha1, fields }) => {
  expect(check(fields, ha1)).toBe(true);
});

test.each([
  ['another target', MD5.fields, MD5.ha1, '/dir/other.html'],
  ['another password', MD5.fields, MD5.ha1.replace('3', '4'), '/dir/index.html'],
  ['another count', MD5.fields.replace('nc=00000001', 'nc=00000002'), MD5.ha1, '/dir/index.html'],
  ['another algorithm than the file has', SHA256.fields, MD5.ha1, '/dir/index.html'],
  ['no response', EXAMPLE, MD5.ha1, '/dir/index.html'],
  ['a file with no hash', MD5.fields, 'Circle of Life', '/dir/index.html'],
])('isResponseRight refuses %s', (_, text, ha1, target) => {
  expect(check(text, ha1, target)).toBe(false);
});
