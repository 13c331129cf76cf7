import { expect, test } from 'vitest';
import type { ResponseHead } from '../../../runtime/gateway/messages.ts';
import { obeyCacheWishes } from '../../../runtime/handlers/script-answer-keeping.ts';
import type { RequestContext } from '../../../runtime/request-context.ts';
import { ScriptCache } from '../../../runtime/script-cache.ts';
import { fakeHead } from '../../support/fake-gateway.ts';
import { makeSite } from '../../support/prepared-site.ts';
import { makeRequest } from '../../support/request-context.ts';

const SITE = makeSite({ skipCacheCookies: ['login'] });
const HOST = 'default.test';

/** A cache for answers of up to 100 bytes, and programs that answer for it. */
function makeCache() {
  let nowMs = 0;
  const cache = new ScriptCache(1000, 100, () => nowMs);
  return {
    cache,
    pass: (ms: number) => void (nowMs += ms),
    /** Passes an answer through it. */
    answer: (
      instructions: ResponseHead['instructions'],
      parts: Iterable<Uint8Array>,
      request: Partial<RequestContext> = {},
      errorStatus: number | null = null,
    ): void => {
      const exchange = { request: makeRequest({ target: '/a?b', ...request }), site: SITE };
      const head = fakeHead({ fields: [['X-A', '1']], instructions });
      const keeping = obeyCacheWishes(head, exchange, { errorStatus }, cache);
      for (const part of parts) keeping?.add(part);
      keeping?.keep();
    },
    kept: () => {
      const copy = cache.get(HOST, '/a?b');
      return copy === null ? null : [...copy.fields, Buffer.from(copy.body).toString()];
    },
  };
}

const FOR_10_SECONDS: ResponseHead['instructions'] = [['x-hiawatha-cache', '10']];

test('an answer in several parts is kept as a whole', () => {
  const { answer, kept } = makeCache();
  answer(FOR_10_SECONDS, [Buffer.from('one '), Buffer.from('two')]);
  expect(kept()).toEqual(['X-A', '1', 'one two']);
});

test('an answer is kept for as long as it says', () => {
  const { answer, kept, pass } = makeCache();
  answer(FOR_10_SECONDS, [Buffer.from('a')]);
  pass(9999);
  expect(kept()).not.toBeNull();
  pass(1);
  expect(kept()).toBeNull();
});

test('an answer is kept as it was when it came, though its bytes are used again', () => {
  const { answer, kept } = makeCache();
  const bytes = Buffer.from('one ');
  const parts = function* () {
    yield bytes;
    bytes.write('two ');
    yield bytes;
  };
  answer(FOR_10_SECONDS, parts());
  expect(kept()?.at(-1)).toBe('one two ');
});

test('an answer that outgrows the cache on its way is not kept, nor is its end', () => {
  const { answer, kept } = makeCache();
  answer(FOR_10_SECONDS, [Buffer.alloc(60, 'a'), Buffer.alloc(60, 'b'), Buffer.from('c')]);
  expect(kept()).toBeNull();
});

test('an answer is kept only for GET, without a cookie of SkipCacheCookie, and where it is no error page', () => {
  const { answer, kept } = makeCache();
  const body = [Buffer.from('a')];
  answer(FOR_10_SECONDS, body, { method: 'POST' });
  answer(FOR_10_SECONDS, body, { fields: [['Cookie', 'a=1; login=me']] });
  answer(FOR_10_SECONDS, body, {}, 404);
  answer([], body);
  expect(kept()).toBeNull();
  answer(FOR_10_SECONDS, body, { fields: [['Cookie', 'a=1']] });
  expect(kept()).not.toBeNull();
});

test.each(['/a?b', 'all'])('an answer that is not kept itself removes %s', (removed) => {
  const { answer, kept } = makeCache();
  answer(FOR_10_SECONDS, [Buffer.from('a')]);
  answer([['x-hiawatha-cache-remove', '/other']], [], { method: 'POST' });
  expect(kept()).not.toBeNull();
  answer([['x-hiawatha-cache-remove', removed]], [], { method: 'POST' });
  expect(kept()).toBeNull();
});
