import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { PlainAnswer } from '../../../runtime/http/plain-answer.ts';
import type { AnswerHead } from '../../../runtime/http/transport.ts';
import { connectedSockets } from '../../support/connected-sockets.ts';

const HEAD: AnswerHead = {
  status: 200,
  phrase: 'OK',
  fields: ['A', 'b'],
  bytes: 25,
  isChunked: false,
  isLast: false,
};
const CHUNKED: AnswerHead = {
  ...HEAD,
  fields: ['Transfer-Encoding', 'chunked'],
  isChunked: true,
};
const HEAD_TEXT = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n';

/** What a client gets of an answer, and what was said when all of it was written. */
async function answered(
  answer: (sink: PlainAnswer) => void,
  isHead = false,
): Promise<{ readonly received: string; readonly isLast: boolean }> {
  const { server, client } = await connectedSockets();
  const { promise: written, resolve } = Promise.withResolvers<boolean>();
  const received = text(client);
  answer(new PlainAnswer(server, isHead, resolve));
  const isLast = await written;
  server.end();
  client.end();
  return { received: await received, isLast };
}

describe('a plain answer', () => {
  test('is a head and a body in the bytes that they are', async () => {
    const { received } = await answered((sink) => {
      sink.settleHead({ ...HEAD, fields: ['X-Byte', 'ä'] });
      sink.endWith('\0\xff');
    });
    expect(received).toBe('HTTP/1.1 200 OK\r\nX-Byte: ä\r\n\r\n\0\xff');
  });

  test.each([
    ['text', (sink: PlainAnswer) => sink.endWith('hello')],
    ['bytes', (sink: PlainAnswer) => sink.end(Buffer.from('hello'))],
    ['a last text', (sink: PlainAnswer) => sink.end('hello')],
  ])('of unknown length ends with %s in a chunk', async (_, end) => {
    const { received } = await answered((sink) => {
      sink.settleHead(CHUNKED);
      sink.write(Buffer.from('x'.repeat(17)));
      end(sink);
    });
    expect(received).toBe(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n${'x'.repeat(17)}\r\n5\r\nhello\r\n0\r\n\r\n`,
    );
  });

  test('of unknown length may have no body', async () => {
    const { received } = await answered((sink) => {
      sink.settleHead(CHUNKED);
      sink.end();
    });
    expect(received).toMatch(/\r\n\r\n0\r\n\r\n$/);
  });

  test('to HEAD has no chunks', async () => {
    const { received } = await answered((sink) => {
      sink.settleHead(CHUNKED);
      sink.end();
    }, true);
    expect(received).toMatch(/chunked\r\n\r\n$/);
  });

  test('may send its head before its body', async () => {
    const { server, client } = await connectedSockets();
    const sink = new PlainAnswer(server, false, () => undefined);
    sink.settleHead(HEAD);
    sink.flushHeaders();
    expect(await once(client, 'data')).toEqual([HEAD_TEXT]);
    sink.end('a');
    expect(await once(client, 'data')).toEqual(['a']);
    server.destroy();
    client.destroy();
  });

  test('may have an interim one before it', async () => {
    const { received } = await answered((sink) => {
      sink.writeContinue();
      sink.settleHead(HEAD);
      sink.end();
    });
    expect(received).toBe(`HTTP/1.1 100 Continue\r\n\r\n${HEAD_TEXT}`);
  });

  test('is ended once, and says later that it is written', async () => {
    const { server, client } = await connectedSockets();
    const said: string[] = [];
    const sink = new PlainAnswer(server, false, () => said.push('written'));
    sink.settleHead(CHUNKED);
    sink.endWith('a');
    sink.end();
    said.push(sink.writableEnded ? 'ended' : 'open');
    server.end();
    client.end();
    expect(await text(client)).toMatch(/\r\n\r\n1\r\na\r\n0\r\n\r\n$/);
    expect(said).toEqual(['ended', 'written']);
  });

  test('is the last where its head says so, or the client has stopped sending', async () => {
    const byHead = await answered((sink) => {
      sink.settleHead({ ...HEAD, isLast: true });
      sink.end();
    });
    const byClient = await answered((sink) => {
      sink.noteLast();
      sink.settleHead(HEAD);
      sink.end();
    });
    expect([byHead.isLast, byClient.isLast]).toEqual([true, true]);
  });

  test('holds back its writer until the client has read, and no later one', async () => {
    const { server, client } = await connectedSockets();
    const { promise: drained, resolve } = Promise.withResolvers<null>();
    const { promise: written, resolve: onWritten } = Promise.withResolvers<boolean>();
    const sink = new PlainAnswer(server, false, onWritten);
    sink.settleHead(HEAD);
    expect(sink.write(Buffer.alloc(2 ** 24))).toBe(false);
    sink.on('drain', () => resolve(null));
    client.resume();
    await drained;
    sink.end();
    await written;
    expect(server.listenerCount('drain')).toBe(0);
    server.destroy();
    client.destroy();
  });

  test('gives bytes back once they are sent', async () => {
    const given: string[] = [];
    await answered((sink) => {
      sink.settleHead(CHUNKED);
      sink.write(Buffer.from('a'), () => given.push('a'));
      sink.end();
    });
    expect(given).toEqual(['a']);
  });

  test('says nothing when the client is gone', async () => {
    const { server, client } = await connectedSockets();
    const said: boolean[] = [];
    const sink = new PlainAnswer(server, false, (isLast) => said.push(isLast));
    server.on('error', () => undefined);
    client.destroy();
    server.destroy();
    await once(server, 'close');
    sink.settleHead(HEAD);
    sink.endWith('a');
    await new Promise(setImmediate);
    expect([said, sink.writableEnded]).toEqual([[], true]);
  });

  test('is cut by closing the connection', async () => {
    const { server, client } = await connectedSockets();
    const sink = new PlainAnswer(server, false, () => undefined);
    sink.destroy();
    client.on('error', () => undefined);
    client.resume();
    await once(client, 'close');
    expect(server.destroyed).toBe(true);
  });
});
