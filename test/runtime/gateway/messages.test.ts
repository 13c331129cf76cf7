import { describe, expect, test } from 'vitest';
import {
  packFromLane,
  packToLane,
  unpackFromLane,
  unpackToLane,
  type FromLane,
  type ResponseHead,
  type ToLane,
} from '../../../runtime/gateway/messages.ts';

const TASK = {
  kind: 'fastcgi',
  id: 7,
  endpoint: { kind: 'unix', path: '/run/php.sock' },
  variables: '\u0001\u0001Ab',
  body: { kind: 'none' },
  timeoutMs: 4999.5,
  isBodyWanted: true,
  connection: 'kept',
  isRepeatable: false,
  isTimed: false,
} as const;

const PROGRAM = {
  kind: 'cgi',
  id: 8,
  asUser: null,
  program: '/www/a.cgi',
  name: null,
  arguments: [],
  workingDirectory: '/www',
  variables: '\u0001\u0001Ab',
  body: { kind: 'none' },
  timeoutMs: 5000,
  isBodyWanted: true,
  isTimed: false,
  isOwnSession: true,
  isKilledAtTimeout: true,
  isAnswerWanted: true,
} as const;

const TO_LANE: { name: string; message: ToLane; isPacked: boolean }[] = [
  { name: 'a task without body', message: { type: 'task', task: TASK }, isPacked: true },
  {
    name: 'a task for a TCP endpoint, fresh, repeatable, for HEAD',
    message: {
      type: 'task',
      task: {
        ...TASK,
        endpoint: { kind: 'tcp', host: '::1', port: 9000 },
        connection: 'fresh',
        isRepeatable: true,
        isTimed: true,
        isBodyWanted: false,
      },
    },
    isPacked: true,
  },
  {
    name: 'a task with every byte in its body',
    message: {
      type: 'task',
      task: {
        ...TASK,
        body: { kind: 'inline', bytes: Buffer.from(Array.from({ length: 256 }, (_, at) => at)) },
      },
    },
    isPacked: true,
  },
  {
    name: 'a task with a larger body',
    message: {
      type: 'task',
      task: { ...TASK, body: { kind: 'inline', bytes: Buffer.alloc(5000) } },
    },
    isPacked: false,
  },
  {
    name: 'a task with a streamed body',
    message: { type: 'task', task: { ...TASK, body: { kind: 'stream', bytes: 9 } } },
    isPacked: false,
  },
  { name: 'a program', message: { type: 'task', task: PROGRAM }, isPacked: true },
  {
    name: 'a program with the other of each',
    message: {
      type: 'task',
      task: {
        ...PROGRAM,
        arguments: ['/www/\u00e9.pl'],
        body: { kind: 'inline', bytes: Buffer.from([0, 255]) },
        isBodyWanted: false,
        isTimed: true,
        isOwnSession: false,
        isKilledAtTimeout: false,
        isAnswerWanted: false,
      },
    },
    isPacked: true,
  },
  {
    name: 'a program with two arguments',
    message: { type: 'task', task: { ...PROGRAM, arguments: ['a', ''] } },
    isPacked: false,
  },
  {
    name: 'a program with another name',
    message: { type: 'task', task: { ...PROGRAM, name: '' } },
    isPacked: false,
  },
  {
    name: 'a program with a streamed body',
    message: { type: 'task', task: { ...PROGRAM, body: { kind: 'stream', bytes: 9 } } },
    isPacked: false,
  },
  {
    name: 'a program of another user',
    message: {
      type: 'task',
      task: {
        ...PROGRAM,
        asUser: {
          starter: { socket: '/run/starter', token: 't' },
          wrapId: 'w',
          isFollowingLinks: false,
          interpreter: null,
          file: '/www/a.cgi',
        },
      },
    },
    isPacked: false,
  },
  { name: 'an abort', message: { type: 'abort', id: 7 }, isPacked: false },
];

const HEAD: ResponseHead = {
  status: 404,
  fields: [
    ['Content-Type', 'text/html'],
    ['Set-Cookie', 'a=\u00e9'],
    ['X-Empty', ''],
    ['Set-Cookie', 'b=2'],
  ],
  contentLength: 12,
  isConnectionClosed: true,
  instructions: [],
};

const ANSWER = {
  type: 'answer',
  id: 7,
  head: HEAD,
  body: '',
  released: null,
  next: 0,
} as const;

const FROM_LANE: { name: string; message: FromLane; isPacked: boolean }[] = [
  { name: 'an empty answer', message: ANSWER, isPacked: true },
  {
    name: 'an answer with every byte, connection kept',
    message: {
      ...ANSWER,
      body: String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at)),
      released: 'kept',
    },
    isPacked: true,
  },
  {
    name: 'an answer without fields or length, connection closed',
    message: {
      ...ANSWER,
      head: { ...HEAD, fields: [], contentLength: null, isConnectionClosed: false },
      released: 'closed',
    },
    isPacked: true,
  },
  {
    name: 'an answer whose connection another has now',
    message: { ...ANSWER, released: 'passed', next: 8 },
    isPacked: true,
  },
  {
    name: 'an answer with instructions',
    message: { ...ANSWER, head: { ...HEAD, instructions: [['x-sendfile', '/f']] } },
    isPacked: false,
  },
  { name: 'a large answer', message: { ...ANSWER, body: Buffer.alloc(5000) }, isPacked: false },
  { name: 'an end', message: { type: 'end', id: 7 }, isPacked: false },
];

describe('messages', () => {
  test.each(TO_LANE)('to a lane survive packing: $name', ({ message, isPacked }) => {
    const packed = packToLane(message);
    expect(Array.isArray(packed)).toBe(isPacked);
    expect(unpackToLane(packed)).toEqual(message);
  });

  test.each(FROM_LANE)('from a lane survive packing: $name', ({ message, isPacked }) => {
    const packed = packFromLane(message);
    expect(Array.isArray(packed)).toBe(isPacked);
    expect(unpackFromLane(packed)).toEqual(message);
  });

  test('from a lane have the bytes of a small answer as text', () => {
    const packed = packFromLane({ ...ANSWER, body: Buffer.from([0, 0x41, 0xff]) });
    expect(unpackFromLane(packed)).toEqual({ ...ANSWER, body: '\0A\xff' });
  });
});
