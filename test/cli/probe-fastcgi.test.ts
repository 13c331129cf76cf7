import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FastCgiSurvey } from '../../cli/fastcgi-survey.ts';
import { probeFastCgi } from '../../cli/probe-fastcgi.ts';
import type { Endpoint } from '../../routing-table/schema.ts';
import { RecordDecoder } from '../../runtime/fastcgi/decode.ts';
import { encodeRecord } from '../../runtime/fastcgi/encode.ts';
import { decodeNameValuePairs, encodeNameValuePairs } from '../../runtime/fastcgi/name-value.ts';

const TIMEOUT_MS = 5000;

/** An application that does this with each connection. */
async function application(serve: (socket: Socket) => void): Promise<Endpoint> {
  const server: Server = createServer(serve);
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(null)));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return { kind: 'tcp', host: '127.0.0.1', port: address.port };
}

describe('probeFastCgi', () => {
  test('asks for the three values of the specification, and tells the answer', async () => {
    const asked: string[] = [];
    const endpoint = await application((socket) => {
      const decoder = new RecordDecoder();
      socket.on('data', (bytes: Buffer) => {
        decoder.push(bytes);
        const record = decoder.next();
        if (record?.type !== 'get-values') return;
        asked.push(...decodeNameValuePairs(record.content).map(([name]) => name));
        const content = encodeNameValuePairs([['FCGI_MPXS_CONNS', '0']]);
        socket.end(encodeRecord({ type: 'get-values-result', requestId: 0, content }));
      });
    });
    expect(await probeFastCgi(endpoint, TIMEOUT_MS)).toEqual({
      kind: 'answered',
      values: [['FCGI_MPXS_CONNS', '0']],
    });
    expect(asked).toEqual(['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS']);
  });

  test('takes an unknown-type record for a server that knows no values', async () => {
    const endpoint = await application((socket) =>
      socket.end(encodeRecord({ type: 'unknown-type', requestId: 0, unknownType: 9 })),
    );
    expect(await probeFastCgi(endpoint, TIMEOUT_MS)).toEqual({ kind: 'answered', values: [] });
  });

  test.each(['HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-OpenSSH_9.2\r\n'])(
    'knows another protocol by %j',
    async (greeting) => {
      const endpoint = await application((socket) => socket.end(greeting));
      expect(await probeFastCgi(endpoint, TIMEOUT_MS)).toEqual({ kind: 'foreign' });
    },
  );

  test('calls a server silent that closes or says nothing', async () => {
    const closing = await application((socket) => socket.destroy());
    expect(await probeFastCgi(closing, TIMEOUT_MS)).toEqual({ kind: 'silent' });
    const mute = await application((socket) => socket.resume());
    expect(await probeFastCgi(mute, 50)).toEqual({ kind: 'silent' });
  });

  test('says why nobody answers', async () => {
    expect(await probeFastCgi({ kind: 'unix', path: '/nonexistent.sock' }, TIMEOUT_MS)).toEqual({
      kind: 'refused',
      reason: 'no such file or directory',
    });
  });
});

describe('FastCgiSurvey', () => {
  test('knows nothing until it has asked, and asks once for each address', async () => {
    let connections = 0;
    const endpoint = await application((socket) => {
      connections += 1;
      socket.destroy();
    });
    const survey = new FastCgiSurvey();
    expect(survey.ask(endpoint)).toBeNull();
    expect(survey.ask({ ...endpoint })).toBeNull();
    await survey.askOpenQuestions();
    expect(survey.ask(endpoint)).toEqual({ kind: 'silent' });
    await survey.askOpenQuestions();
    expect(connections).toBe(1);
  });
});
