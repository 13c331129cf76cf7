/** A request between two attempts. */
import { expect, test } from 'vitest';
import { Call, type AttemptPort } from '../../../runtime/gateway/call.ts';
import type { ToLane } from '../../../runtime/gateway/messages.ts';
import { DEAF, fastCgi, INDIFFERENT } from '../../support/ask-gateway.ts';

/** An attempt that keeps what it is told. */
class HeardPort implements AttemptPort {
  readonly id: number;
  readonly heard: ToLane[] = [];

  constructor(id: number) {
    this.id = id;
  }

  post(message: ToLane): void {
    this.heard.push(message);
  }

  postBytes(message: ToLane): void {
    this.heard.push(message);
  }
}

function put(bytes: number): Call {
  const request = fastCgi({ kind: 'unix', path: '/run/app.sock' });
  const body = { kind: 'stream', bytes } as const;
  return new Call({ ...request, body }, DEAF, INDIFFERENT, 0);
}

/** A call whose first attempt had a connection, was given nothing of the body, and failed. */
function betweenAttempts(): { readonly call: Call; readonly first: HeardPort } {
  const call = put(5);
  const first = new HeardPort(1);
  call.attach(first);
  call.accept({ type: 'body-credit', id: 1, bytes: 1000 });
  call.detach();
  return { call, first };
}

test('a body that comes between two attempts goes to the second, all of it', () => {
  const { call, first } = betweenAttempts();
  call.writeBody(Buffer.from('hello'));
  call.endBody();
  expect(first.heard).toEqual([]);
  expect(call.mayGoOn).toBe(true);

  const second = new HeardPort(2);
  call.attach(second);
  call.accept({ type: 'body-credit', id: 2, bytes: 1000 });
  expect(second.heard.map(({ type }) => type)).toEqual(['body-chunk', 'body-end']);
});

test('a client that goes away between two attempts is told to neither', () => {
  const { call, first } = betweenAttempts();
  call.abort();
  expect(first.heard).toEqual([]);
});
