import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { Http1Answer } from '../../../runtime/http/http1-answer.ts';
import type { AnswerHead } from '../../../runtime/http/transport.ts';

const HEAD: AnswerHead = {
  status: 200,
  phrase: 'OK',
  fields: ['Connection', 'close'],
  bytes: 38,
  isChunked: false,
  isLast: true,
};

/** What a client gets that sends `request`, and the answer when it is over. */
async function exchange(
  request: string,
  answer: (sink: Http1Answer, message: IncomingMessage) => void,
  client: { readonly isHalfClosed: boolean } = { isHalfClosed: false },
): Promise<{ readonly received: string; readonly sinks: readonly Http1Answer[] }> {
  const sinks: Http1Answer[] = [];
  const server = createServer(
    { ServerResponse: Http1Answer, requireHostHeader: false },
    (message, sink) => {
      sinks.push(sink);
      answer(sink, message);
    },
  );
  Reflect.set(server, 'httpAllowHalfOpen', true);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write(request, 'latin1');
  if (client.isHalfClosed) socket.end();
  socket.setEncoding('latin1');
  const received = await text(socket);
  server.close();
  return { received, sinks };
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('Http1Answer', () => {
  test('sends a head and a body in the bytes that they are', async () => {
    const { received } = await exchange(GET, (sink) => {
      sink.settleHead({ ...HEAD, fields: ['X-Byte', 'ä', 'Connection', 'close'] });
      sink.endWith('\0\xff');
    });
    expect(received).toBe('HTTP/1.1 200 OK\r\nX-Byte: ä\r\nConnection: close\r\n\r\n\0\xff');
  });

  test('says that it is written once the system has it', async () => {
    const { sinks } = await exchange(GET, (sink) => {
      sink.settleHead(HEAD);
      sink.endWith('a');
      expect(sink.writableEnded).toBe(true);
      expect(sink.isWritten).toBe(false);
    });
    expect(sinks.map((sink) => sink.isWritten)).toEqual([true]);
  });

  test.each([
    { name: 'at once where the system takes all of it', length: 1, isWrittenAtOnce: true },
    { name: 'later where it does not', length: 2 ** 24, isWrittenAtOnce: false },
  ])('is over $name, once the request has come in', async ({ length, isWrittenAtOnce }) => {
    const { received, sinks } = await exchange(GET, (sink) => {
      setImmediate(() => {
        sink.settleHead(HEAD);
        sink.endWith('a'.repeat(length));
        expect(sink.isWritten).toBe(isWrittenAtOnce);
      });
    });
    expect(received.length).toBe(HEAD.bytes + length);
    expect(sinks.map((sink) => sink.isWritten)).toEqual([true]);
  });

  test('frames a body of unknown length as one chunk', async () => {
    const { received } = await exchange(GET, (sink) => {
      sink.settleHead({ ...HEAD, isChunked: true, fields: ['Transfer-Encoding', 'chunked'] });
      sink.endWith('x'.repeat(17));
    });
    expect(received).toMatch(/\r\n\r\n11\r\nx{17}\r\n0\r\n\r\n$/);
  });

  test('speaks HTTP/1.0 to a client of it', async () => {
    const { received } = await exchange('GET / HTTP/1.0\r\n\r\n', (sink) => {
      sink.settleHead(HEAD);
      sink.endWith('a');
    });
    expect(received).toBe('HTTP/1.0 200 OK\r\nConnection: close\r\n\r\na');
  });

  test('sends no body with 304, and none after it', async () => {
    const { received } = await exchange(GET, (sink) => {
      sink.settleHead({ ...HEAD, status: 304, phrase: 'Not Modified' });
      sink.end();
    });
    expect(received).toBe('HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n');
  });

  test('lets the connection go on when it is not the last', async () => {
    let count = 0;
    const { received } = await exchange(GET + GET, (sink) => {
      count += 1;
      const isLast = count === 2;
      sink.settleHead({ ...HEAD, isLast, fields: ['Content-Length', '1'] });
      sink.endWith(String(count));
    });
    expect(received.match(/\r\n\r\n\d/g)).toEqual(['\r\n\r\n1', '\r\n\r\n2']);
  });

  test.each(['1.0', '1.1'])('of HTTP/%s can be begun before its head is known', async (version) => {
    const { received } = await exchange(GET.replace('1.1', version), (sink) => {
      expect([sink.writeHeadStart(), sink.writeHeadStart()]).toEqual([true, true]);
      sink.settleHead(HEAD);
      expect(sink.writeHeadStart()).toBe(false);
      sink.endWith('a');
    });
    expect(received).toBe(`HTTP/${version} 200 OK\r\nConnection: close\r\n\r\na`);
  });

  test('has no more than its version before its head', async () => {
    let count = 0;
    const { received } = await exchange(GET, (sink) => {
      while (sink.writeHeadStart()) count += 1;
      sink.settleHead(HEAD);
      sink.end('a', 'latin1');
    });
    expect(count).toBe('HTTP/1.1 '.length);
    expect(received).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na');
  });

  test('ends the connection of a client that has stopped sending', async () => {
    const { received } = await exchange(
      GET,
      (sink, message) => {
        message.socket.once('end', () => {
          setImmediate(() => {
            sink.settleHead({ ...HEAD, isLast: false, fields: ['Content-Length', '1'] });
            sink.endWith('a');
          });
        });
      },
      { isHalfClosed: true },
    );
    expect(received).toMatch(/\r\n\r\na$/);
  });

  test('keeps the order of requests of one packet, whichever is answered first', async () => {
    const waiting: Http1Answer[] = [];
    const { received } = await exchange(GET + GET, (sink) => {
      waiting.unshift(sink);
      if (waiting.length < 2) return;
      for (const [index, each] of waiting.entries()) {
        each.settleHead({ ...HEAD, isLast: index === 0, fields: ['Content-Length', '1'] });
        each.endWith(index === 0 ? 'b' : 'a');
      }
    });
    expect(received.match(/\r\n\r\n[ab]/g)).toEqual(['\r\n\r\na', '\r\n\r\nb']);
  });

  test('sends a small last part behind parts that wait', async () => {
    const { received } = await exchange(GET, (sink) => {
      sink.settleHead(HEAD);
      sink.write(Buffer.from('a'));
      sink.endWith('b');
    });
    expect(received).toMatch(/\r\n\r\nab$/);
  });

  test('does not send a head that is none', async () => {
    const errors: unknown[] = [];
    const { received } = await exchange(GET, (sink) => {
      try {
        sink.settleHead({ ...HEAD, fields: ['Location', '/\r\nSet-Cookie: a=b'] });
      } catch (error) {
        errors.push(error);
        sink.destroy();
      }
    });
    expect(errors).toHaveLength(1);
    expect(received).toBe('');
  });
});
