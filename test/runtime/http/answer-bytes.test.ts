/** Answers have the bytes that Node sends for the same fields and parts, whatever the request and whatever the body. */
import { once } from 'node:events';
import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import { connect, createServer as createSocketServer, type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

import { rawHeadOf } from '../../../runtime/http/client-connection.ts';
import { Http1Answer } from '../../../runtime/http/http1-answer.ts';
import { PlainAnswer } from '../../../runtime/http/plain-answer.ts';
import { reasonPhrase } from '../../../runtime/http/reason-phrase.ts';
import { Response } from '../../../runtime/http/response.ts';
import type { AnswerSink } from '../../../runtime/http/transport.ts';

const DATE = 'Thu, 01 Jan 1970 00:00:00 GMT';
const OWN_FIELDS = ['Date', DATE, 'X-Byte', 'ä'];

const BODIES = {
  none: [],
  small: ['hello'],
  'of all bytes': [String.fromCodePoint(...Array.from({ length: 256 }, (_, byte) => byte))],
  'in parts': ['he', 'l', 'lo'],
  large: ['x'.repeat(20_000)],
} satisfies Record<string, readonly string[]>;

const HEADS = {
  'HTTP/1.1': ' / HTTP/1.1\r\nHost: a\r\n',
  'HTTP/1.0': ' / HTTP/1.0\r\n',
  'HTTP/1.0 with keep-alive': ' / HTTP/1.0\r\nConnection: keep-alive\r\n',
  'Expect: 100-continue': ' / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n',
} satisfies Record<string, string>;

interface Case {
  readonly status: number;
  readonly parts: readonly Buffer[];
  readonly isLengthKnown: boolean;
}

function lengthOf({ parts, isLengthKnown }: Case): number | null {
  return isLengthKnown ? Buffer.concat(parts).length : null;
}

type Message = Parameters<typeof rawHeadOf>[0] & Pick<IncomingMessage, 'headers'>;

/** Whether the connection goes on: not behind the last of the requests. */
function isKept(message: Message, answer: Case): boolean {
  const isOld = message.httpVersion === '1.0';
  const mayGoOn = !isOld || (message.headers.connection === 'keep-alive' && answer.isLengthKnown);
  return mayGoOn && message.headers['x-last'] === undefined;
}

function answerOurs(message: Message, sink: AnswerSink, answer: Case): void {
  const response = new Response(sink, rawHeadOf(message), () => undefined);
  response.isKeepAlive = isKept(message, answer);
  response.begin(answer.status, OWN_FIELDS, lengthOf(answer));
  for (const part of answer.parts.slice(0, -1)) response.write(part);
  response.end(answer.parts.at(-1));
}

function answerAsNode(message: IncomingMessage, response: ServerResponse, answer: Case): void {
  const isKeepAlive = isKept(message, answer);
  const isBodyDue = answer.status !== 204 && answer.status !== 304;
  const length = lengthOf(answer);
  const fields = ['Connection', isKeepAlive ? 'keep-alive' : 'close', ...OWN_FIELDS];
  if (isBodyDue && length !== null) fields.push('Content-Length', String(length));
  if (isBodyDue && length === null && message.httpVersion !== '1.0') {
    fields.push('Transfer-Encoding', 'chunked');
  }
  response.sendDate = false;
  response.shouldKeepAlive = isKeepAlive;
  response.writeHead(answer.status, reasonPhrase(answer.status), fields);
  if (!isBodyDue) response.end();
  else {
    for (const part of answer.parts.slice(0, -1)) response.write(part);
    response.end(answer.parts.at(-1));
  }
}

/** What a client gets that sends all of its requests in one packet. */
async function received<Answer extends typeof ServerResponse>(
  ServerResponse: Answer,
  request: string,
  answer: (message: IncomingMessage, sink: InstanceType<Answer>) => void,
): Promise<string> {
  const server = createServer<typeof IncomingMessage, Answer>(
    { ServerResponse, requireHostHeader: false },
    answer,
  );
  server.on('checkContinue', answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(request);
  const bytes = await buffer(socket);
  server.close();
  // Node calls itself 1.1 also where it answers a client of 1.0.
  return bytes.toString('latin1').replaceAll(/HTTP\/1\.[01] /g, 'HTTP ');
}

/** The same for plain requests, which are answered one after the other. */
async function receivedPlainly(method: string, count: number, answer: Case): Promise<string> {
  const server = createSocketServer((socket) => {
    const answerNext = (left: number): void => {
      const headers = left === 1 ? { 'x-last': '1' } : {};
      const message = { method, url: '/', httpVersion: '1.1', rawHeaders: [], headers };
      const sink = new PlainAnswer(socket, method === 'HEAD', (isLast) => {
        if (isLast) socket.end();
        else answerNext(left - 1);
      });
      answerOurs(message, sink, answer);
    };
    answerNext(count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const bytes = await buffer(socket);
  server.close();
  return bytes.toString('latin1').replaceAll('HTTP/1.1 ', 'HTTP ');
}

describe.each(['GET', 'HEAD'])('an answer to %s', (method) => {
  describe.each(Object.entries(HEADS))('over %s', (version, head) => {
    const request = `${method}${head}\r\n`.repeat(2) + `${method}${head}X-Last: 1\r\n\r\n`;

    test.each(
      [200, 204, 304, 404].flatMap((status) =>
        Object.entries(BODIES).flatMap(([name, parts]) =>
          [true, false].map((isLengthKnown) => [status, name, isLengthKnown, parts] as const),
        ),
      ),
    )('with status %i and a body %s, length known: %s', async (status, _name, known, texts) => {
      const parts = texts.map((text) => Buffer.from(text, 'latin1'));
      const answer: Case = { status, parts, isLengthKnown: known };
      // Node makes one chunk of what is written in one turn.
      const isComparable = version === 'HTTP/1.1' && (known || parts.length < 2);
      const [plain, ours, nodes] = await Promise.all([
        isComparable ? receivedPlainly(method, 3, answer) : null,
        received(Http1Answer, request, (message, sink) => {
          answerOurs(message, sink, answer);
        }),
        received(ServerResponse, request, (message, response) => {
          answerAsNode(message, response, answer);
        }),
      ]);
      expect(ours).toBe(nodes);
      expect(plain ?? nodes).toBe(nodes);
      expect(ours).toContain(`HTTP ${status} `);
    });
  });
});
